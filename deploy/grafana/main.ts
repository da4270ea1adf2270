import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runScript } from '#runtime/command-line/run-script.ts';
import { dashboardFiles } from './dashboard-files.ts';

const commandLine = {
  command: 'npm run dashboards',
  about: 'Writes what Grafana imports to deploy/grafana/dashboards.',
} as const;

process.exitCode = await runScript(commandLine, process.argv.slice(2), process, () => {
  const folder = fileURLToPath(new URL('dashboards', import.meta.url));
  for (const [name, text] of dashboardFiles) writeFileSync(join(folder, name), text);
  process.stdout.write(`${dashboardFiles.size} dashboards in ${folder}\n`);
  return 0;
});
