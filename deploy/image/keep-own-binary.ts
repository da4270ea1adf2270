import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes the native binaries of uWebSockets.js that this Node can not load: the package brings those of all
 * platforms, 115 MB, of which one of 2 MB is used. Run where the image is built, by the Node that it will have.
 * @throws Error when the package has none for this Node
 */
export function keepOwnBinary(modules: string): { readonly kept: string; readonly removed: number } {
  const folder = join(modules, 'uWebSockets.js');
  const kept = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  if (!existsSync(join(folder, kept)))
    throw new Error(`uWebSockets.js has no ${kept}: it can not run on this Node (${process.version})`);
  const others = readdirSync(folder).filter((name) => /^uws_.*\.node$/.test(name) && name !== kept);
  for (const name of others) rmSync(join(folder, name));
  return { kept, removed: others.length };
}
