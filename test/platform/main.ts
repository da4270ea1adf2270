import { type NodeMajor, nodeFolder, nodeReleases } from './node-releases.ts';

/** Prints the folder of a Node release for scripts: `node --import tsx test/platform/main.ts 24`. */
const asked = Number(process.argv[2]);
if (!Object.keys(nodeReleases).includes(String(asked))) {
  process.stderr.write(`which Node? ${Object.keys(nodeReleases).join(', ')}\n`);
  process.exitCode = 2;
} else process.stdout.write(`${await nodeFolder(asked as NodeMajor)}\n`);
