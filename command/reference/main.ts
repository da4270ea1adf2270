import { writeFileSync } from 'node:fs';
import { configurationPage } from './configuration-page.ts';

/** `npm run docs`: writes the pages that are made from the sources. */
const file = new URL('../../docs/configuration.md', import.meta.url);
writeFileSync(file, configurationPage());
process.stdout.write('docs/configuration.md is written\n');
