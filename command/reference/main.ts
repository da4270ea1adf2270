import { writeFileSync } from 'node:fs';
import { readOptions, runScript } from '#runtime/command-line.ts';
import { configurationPage } from './configuration-page.ts';

const usage = `Usage: npm run docs
  Writes docs/configuration.md from the keys in the sources.
`;

process.exitCode = await runScript(usage, process.argv.slice(2), process, (args) => {
  readOptions(args, {});
  writeFileSync(new URL('../../docs/configuration.md', import.meta.url), configurationPage());
  process.stdout.write('docs/configuration.md is written\n');
  return 0;
});
