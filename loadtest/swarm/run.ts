import { setTimeout as delay } from 'node:timers/promises';
import { Measurement, type Second } from './measurement.ts';
import { judge, type Result } from './report/result.ts';
import { type Scenario, SwarmError } from './scenario.ts';
import { standingsAtEnd } from './standings.ts';
import { type Swarm, startSwarm } from './swarm.ts';
import type { Target } from './target/target.ts';

/** What a run tells, and what may end it early. */
export interface RunDeps {
  /** Told each second. */
  readonly progress: (second: Second, phase: string) => void;
  /** Resolves when a person wants an end before the time; what was measured until then is reported. */
  readonly interrupted: Promise<string>;
  /** For each worker, e.g. `--cpu-prof`. */
  readonly workerArguments?: readonly string[];
}

/** Nothing may be at a standstill for longer while the sockets open. */
const openingStandstillMs = 30_000;
/** What is under way when the measuring ends arrives within so long and the frequency class. */
const settleMs = 10_000;

/** Opens the swarm, warms up, measures, and holds every socket against the truth. The target stays as it is. */
export async function runScenario(scenario: Scenario, target: Target, deps: RunDeps): Promise<Result> {
  const swarm = await startSwarm(scenario, target, deps.workerArguments);
  const ours = { name: 'swarm main', kind: 'swarm' as const, pid: process.pid };
  const measurement = new Measurement([...target.processes, ...swarm.processes, ours]);
  const ending = Promise.race([target.died, swarm.died, deps.interrupted]);
  let ended: string | undefined;
  let closed = 0;
  void ending.then((words) => {
    ended = words;
  });
  const pace = createPace();
  const second = async (phase: string, measured: boolean): Promise<Second> => {
    await Promise.race([pace(), ending]);
    if (ended !== undefined) throw new RunEnded(ended);
    const sample = measurement.add(await swarm.sample(), measured);
    deps.progress(sample, phase);
    closed += sample.closed;
    if (closed >= scenario.sockets && !scenario.reconnect) throw new SwarmError(allGone(measurement));
    return sample;
  };
  try {
    await open(scenario, measurement, second);
    if (scenario.churn !== undefined) await swarm.churn(true);
    for (let count = 0; count < scenario.warmUpSeconds; count++) await second('warming up', false);
    for (let count = 0; count < scenario.durationSeconds; count++) await second('measuring', true);
    await swarm.churn(false);
    await settle(scenario, target, swarm, () => second('settling', false));
  } catch (error) {
    const words = error instanceof SwarmError ? error.message : undefined;
    if (ended === undefined && words === undefined) throw error;
    measurement.endedEarly = ended ?? words;
  } finally {
    await swarm.stop().catch(() => undefined); // a worker that has died needs no stop
  }
  return judge(scenario, target, measurement);
}

class RunEnded extends Error {}

/** Resolves at whole seconds from now on; late ones are not made up for. */
function createPace(): () => Promise<void> {
  let next = performance.now();
  return async () => {
    next = Math.max(next + 1000, performance.now());
    await delay(next - performance.now());
  };
}

/** No socket is left and none comes back: nothing more can be measured. */
function allGone({ words }: Measurement): string {
  return `no socket is left (${words[0] ?? 'the hubs closed them all'}): see why the hubs ended, or set "reconnect" so that sockets come back`;
}

async function open(
  { sockets, reconnect }: Scenario,
  { words }: Measurement,
  second: (phase: string, measured: boolean) => Promise<Second>,
): Promise<void> {
  let most = 0;
  let progressAt = performance.now();
  for (;;) {
    const { subscribed, closed } = await second('opening', false);
    if (subscribed >= sockets) return;
    if (closed > 0 && !reconnect)
      throw new SwarmError(
        `${subscribed} of ${sockets} sockets are subscribed, as ${words[0] ?? 'some were closed'}`,
      );
    if (subscribed > most) progressAt = performance.now();
    most = Math.max(most, subscribed);
    if (performance.now() - progressAt > openingStandstillMs)
      throw new SwarmError(`${subscribed} of ${sockets} sockets are subscribed, and for 30 s no more came`);
  }
}

/** Waits until every socket has what a late subscriber gets told; what is missing then is told as a violation. */
async function settle(
  scenario: Scenario,
  target: Target,
  swarm: Swarm,
  second: () => Promise<Second>,
): Promise<void> {
  await target.stopFeed();
  await second();
  const standings = await standingsAtEnd(scenario, target, swarm);
  const deadline = performance.now() + settleMs + 2 * scenario.frequency;
  while ((await swarm.behind(standings, false)) > 0 && performance.now() < deadline) await second();
  await swarm.behind(standings, true);
  await second();
}
