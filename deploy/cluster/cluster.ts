import { Child, type ChildDeps, type End, endText, type Member } from './child.ts';
import type { Members } from './members.ts';
import type { Progress } from './progress.ts';

export interface Cluster {
  /** By the names of the members. */
  readonly pids: ReadonlyMap<string, number | undefined>;
}

export interface ClusterDeps extends ChildDeps {
  readonly progress: Progress;
  /** Aborted: the start is given up. */
  readonly stopping: AbortSignal;
  /** Hears of each process that exists, as soon as it does. */
  readonly started: (child: Child) => void;
}

/**
 * Starts Redis, then all others at once.
 * @throws Error of the first that does not come up; what has been started is the caller's to stop
 */
export async function startCluster(members: Members, deps: ClusterDeps): Promise<Cluster> {
  const { feeds, hubs, gateway, prometheus } = members;
  const redis = await startAll([members.redis], deps);
  const others = [...feeds, ...hubs, gateway, ...(prometheus === undefined ? [] : [prometheus])];
  const children = [...redis, ...(await startAll(others, deps))];
  watch(children, deps);
  const pids = new Map(children.map((child) => [child.member.name, child.pid]));
  return { pids };
}

async function startAll(members: readonly Member[], deps: ClusterDeps): Promise<Child[]> {
  deps.progress.begin(members.map(({ name }) => name));
  return Promise.all(members.map((member) => start(member, deps)));
}

async function start(member: Member, deps: ClusterDeps): Promise<Child> {
  const child = new Child(member, deps);
  deps.started(child);
  await child.becomeReady(deps.stopping);
  deps.progress.done(member.name, member.address);
  return child;
}

/** Whoever ends by itself is named; the others go on, since that is what a cluster is for. */
function watch(children: readonly Child[], { progress, stopping }: ClusterDeps): void {
  for (const child of children)
    void child.ended.then(() => {
      if (!stopping.aborted) progress.failed(`${endText(child)}\n    The others go on.`);
    });
}

/** Groups of names, first to last; those of a group stop together. */
function stopOrder({ redis, feeds, hubs, gateway, prometheus }: Members): string[][] {
  const groups = [hubs, feeds, [gateway, ...(prometheus === undefined ? [] : [prometheus])], [redis]];
  return groups.map((group) => group.map(({ name }) => name));
}

/** Stops what runs: first the hubs send their clients away, then nobody publishes any more, then the rest. Whether all ended well. */
export async function stopAll(
  children: readonly Child[],
  members: Members,
  progress: Progress,
): Promise<boolean> {
  let allWell = true;
  for (const names of stopOrder(members)) {
    const group = children.filter(({ member, end }) => names.includes(member.name) && end === undefined);
    progress.begin(group.map(({ member }) => member.name));
    const ends = await Promise.all(group.map((child) => stopOne(child, progress)));
    allWell &&= ends.every(isGood);
  }
  return allWell;
}

async function stopOne(child: Child, progress: Progress): Promise<End> {
  const end = await child.stop();
  if (isGood(end)) progress.done(child.member.name, 'stopped');
  else progress.failed(endText(child));
  return end;
}

/** HAProxy ends by the signal that it gets (code 143); the others tidy up and say 0. */
function isGood({ code, signal }: End): boolean {
  return code === 0 || code === 143 || signal === 'SIGTERM';
}
