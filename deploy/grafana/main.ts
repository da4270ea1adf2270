import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './dashboard-files.ts';

/** `npm run dashboards`: writes what Grafana imports. */
const folder = fileURLToPath(new URL('dashboards', import.meta.url));
for (const [name, text] of dashboardFiles) writeFileSync(join(folder, name), text);
process.stdout.write(`${dashboardFiles.size} dashboards in ${folder}\n`);
