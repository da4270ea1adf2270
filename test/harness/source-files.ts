import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files below the root whose names end so, as `folder/file.ts`, in order; nothing installed or generated. */
export function sourceFiles(suffix: string): string[] {
  const files = filesBelow(root).filter((file) => file.endsWith(suffix));
  return files.map((file) => relative(root, file).split(sep).join('/')).sort();
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    const skipped = entry.name === 'node_modules' || entry.name.startsWith('.');
    return entry.isDirectory() && !skipped ? filesBelow(path) : [];
  });
}
