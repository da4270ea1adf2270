import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `npm run bench`: every bench, one after the other; `npm run bench -- publish` those whose name begins so. */
const folder = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);
const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .filter((file) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)));

const failed = benches.filter((bench, index) => {
  console.log(`\n── ${bench} (${index + 1} of ${benches.length}) ──`);
  return (
    spawnSync(process.execPath, ['--import', 'tsx', `${folder}${bench}`], { stdio: 'inherit' }).status !== 0
  );
});
console.log(failed.length === 0 ? '\nevery bench holds what it claims' : `\nnot held: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
