import { oneOf } from '#runtime/command-line/declare.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { type NodeMajor, nodeFolder, nodeReleases } from './node-releases.ts';

const commandLine = {
  command: 'node --import tsx test/platform/main.ts',
  about: 'Prints the folder of a Node release, for scripts.',
  names: { value: 'RELEASE', about: 'of Node', each: oneOf(Object.keys(nodeReleases)), min: 1, max: 1 },
} as const;

process.exitCode = await runScript(
  commandLine,
  process.argv.slice(2),
  process,
  async ({ names: [asked] }) => {
    process.stdout.write(`${await nodeFolder(Number(asked) as NodeMajor)}\n`);
    return 0;
  },
);
