import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IJob } from 'kubernetes-models/batch/v1';
import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { type KubernetesObject, ofKind, titleOf } from './objects.ts';

/** What makes pods, and what its pods are. */
export interface Workload {
  /** `Deployment tickwire-hub` */
  readonly title: string;
  readonly labels: Labels;
  readonly pod: IPodSpec;
}

export type Labels = Readonly<Record<string, string>>;

/** Those among `objects`, which have passed `schemaProblems`. */
export function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  const makers = [
    ...ofKind<IDeployment>(objects, 'Deployment'),
    ...ofKind<IStatefulSet>(objects, 'StatefulSet'),
    ...ofKind<IJob>(objects, 'Job'),
  ];
  return makers.flatMap((maker) => {
    const template = maker.spec?.template;
    if (template?.spec === undefined) return [];
    return [{ title: titleOf(maker), labels: template.metadata?.labels ?? {}, pod: template.spec }];
  });
}

/** The processes of ours. */
export type ProcessName = 'hub' | 'feed';

const processes: Readonly<Record<string, ProcessName>> = {
  'processes/hub.ts': 'hub',
  'processes/feed.ts': 'feed',
};

/** Which process of ours a container runs; undefined for anybody else's. */
export function processOf({ command }: IContainer): ProcessName | undefined {
  return processes[command?.at(-1) ?? ''];
}

/** Whether a selector's labels are all among those of a pod; an empty selector matches every pod. */
export function matches(selector: Labels | undefined, labels: Labels): boolean {
  return Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);
}
