import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readOptions, runScript } from '#runtime/command-line.ts';
import { dashboardFiles } from './dashboard-files.ts';

const usage = `Usage: npm run dashboards
  Writes what Grafana imports to deploy/grafana/dashboards.
`;

process.exitCode = await runScript(usage, process.argv.slice(2), process, (args) => {
  readOptions(args, {});
  const folder = fileURLToPath(new URL('dashboards', import.meta.url));
  for (const [name, text] of dashboardFiles) writeFileSync(join(folder, name), text);
  process.stdout.write(`${dashboardFiles.size} dashboards in ${folder}\n`);
  return 0;
});
