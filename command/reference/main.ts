import { writeFileSync } from 'node:fs';
import { runScript } from '#runtime/command-line/run-script.ts';
import { configurationPage } from './configuration-page.ts';

const commandLine = {
  command: 'npm run docs',
  about: 'Writes docs/configuration.md from the keys in the sources.',
} as const;

process.exitCode = await runScript(commandLine, process.argv.slice(2), process, () => {
  writeFileSync(new URL('../../docs/configuration.md', import.meta.url), configurationPage());
  process.stdout.write('docs/configuration.md is written\n');
  return 0;
});
