import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anyText } from '#runtime/command-line/declare.ts';
import { type Asked, CommandLineError } from '#runtime/command-line/read.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { buildFolder, findKustomize } from './kustomize.ts';
import { manifestProblems } from './manifest-problems.ts';
import { prometheusRulePath, prometheusRuleText } from './prometheus-rule.ts';
import { placesOf } from './where-set.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const commandLine = {
  command: 'npm run manifests',
  about:
    'Checks, before it is applied, whether what these folders make would start and end well. Exit code 1: it would not, and every problem is told.',
  names: { value: 'FOLDER', about: 'of an installation', each: anyText() },
  options: {
    'write-rules': {
      about: 'makes the PrometheusRule anew from deploy/prometheus/rules; takes no folder',
    },
  },
  examples: ['npm run manifests -- k8s/overlays/prod k8s/secrets'],
} as const;

/** `npm run manifests`; see `commandLine`. */
async function main({ options, names: folders }: Asked<typeof commandLine>): Promise<number> {
  if (options['write-rules'] === folders.length > 0)
    throw new CommandLineError('name the folders of an installation, or --write-rules');
  if (options['write-rules']) {
    writeFileSync(join(root, prometheusRulePath), prometheusRuleText(root));
    return say(0, `written: ${prometheusRulePath}`);
  }
  const kustomize = findKustomize(root);
  const objects = folders.flatMap((folder) => buildFolder(kustomize, folder));
  const problems = await manifestProblems(objects, (process) =>
    folders.flatMap((folder) => placesOf(`tickwire-${process}`, resolve(folder), root)),
  );
  if (problems.length > 0) return say(1, ...problems.map((problem) => `- ${problem}`));
  return say(0, `${objects.length} objects, nothing wrong with them`);
}

function say(code: number, ...lines: readonly string[]): number {
  process.stdout.write(`${lines.join('\n')}\n`);
  return code;
}

try {
  process.exitCode = await runScript(commandLine, process.argv.slice(2), process, main);
} catch (error) {
  process.exitCode = say(1, error instanceof Error ? error.message : String(error));
}
