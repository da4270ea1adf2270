import type { IContainer } from 'kubernetes-models/v1';
import { configProblems } from './config-problems.ts';
import { type Environment, environmentOf } from './environment.ts';
import { linkProblems } from './link-problems.ts';
import { listeningProblems } from './listening-problems.ts';
import type { KubernetesObject } from './objects.ts';
import { podProblems } from './pod-problems.ts';
import { schemaProblems } from './schema-problems.ts';
import { shutdownProblems } from './shutdown-problems.ts';
import type { Place } from './where-set.ts';
import { type ProcessName, processOf, type Workload, workloadsOf } from './workloads.ts';

/** Where the keys of a process are set; asked only for those that are wrong. */
export type FindPlaces = (process: ProcessName) => readonly Place[];

/**
 * Everything that is wrong with what would be applied, each a sentence that names what to change.
 * @param objects of one installation, its Secrets with them
 */
export async function manifestProblems(
  objects: readonly KubernetesObject[],
  findPlaces: FindPlaces,
): Promise<string[]> {
  const inSchema = (await Promise.all(objects.map(schemaProblems))).flat();
  if (inSchema.length > 0) return inSchema; // the others rely on the form
  const workloads = workloadsOf(objects);
  const inWorkloads = await Promise.all(
    workloads.map((workload) => workloadProblems(workload, objects, findPlaces)),
  );
  return [...linkProblems(objects, workloads), ...inWorkloads.flat()];
}

async function workloadProblems(
  { title, pod }: Workload,
  objects: readonly KubernetesObject[],
  findPlaces: FindPlaces,
): Promise<string[]> {
  const ours = await Promise.all(pod.containers.map((container) => containerProblems(container)));
  return [...podProblems(pod), ...new Set(ours.flat())].map((problem) => `${title}: ${problem}`);

  async function containerProblems(container: IContainer): Promise<string[]> {
    const { environment, missing } = environmentOf(container, objects);
    if (missing.length > 0)
      return missing.map((name) => `it wants the ${name}: name the folder that has it, too (${secretsHint})`);
    const process = processOf(container);
    if (process === undefined) return [];
    const wrong = await configProblems(process, environment);
    if (wrong.length > 0) return wrong.map((problem) => `${placeOf(problem, findPlaces(process))}${problem}`);
    return startedProblems(process, container, environment);
  }

  function startedProblems(process: ProcessName, container: IContainer, environment: Environment): string[] {
    const preStopSeconds = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    return [
      ...listeningProblems(process, container, environment),
      ...shutdownProblems(process, pod, preStopSeconds, environment),
    ];
  }
}

const secretsHint = 'sh k8s/make-secrets.sh writes k8s/secrets';

/** The file and line of the first key that a problem names; the last that sets it is the one in force. */
function placeOf(problem: string, places: readonly Place[]): string {
  const named = problem.match(/TICKWIRE_[A-Z_]+/g) ?? [];
  const found = named
    .map((key) => places.findLast((place) => place.key === key))
    .find((place) => place !== undefined);
  return found === undefined ? '' : `${found.place}: `;
}
