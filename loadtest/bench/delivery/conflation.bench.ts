import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { type JudgedSwarm, openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage, type Stage } from '#loadtest/bench/stage/stage.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import type { HubProcess } from '#test/harness/processes.ts';

/*
 * What does a frequency class save, and how much of that is its phases?
 *
 *   feed ──▶ Redis ──▶ hub ─┬─ every update ──▶ 4,000 sockets × 5 of 1,000 symbols
 *                           └─ class of 1 s ──▶ as many        (each side has a feed, Redis and hub of its own)
 *
 *   every update:  │ A    B    C    D    E │       each symbol when it comes: five writes to a socket
 *   class, phases: │         ABCDE         │       all symbols of a socket in the same turn: one write
 *
 * With 1 tick/s and symbol both sides deliver as often: "every update" then is what a class without phases
 * would do, and the difference is what the phases save. With 5 ticks/s the class also leaves four of five out.
 * Timed: CPU microseconds, user and system, of the hub process per delivered update, in MessagePack; what
 * the hub spends on the ticks that it leaves out is in it. The column of cores is CPU by time.
 * Fails when sockets count other than what the hub says it delivered, when an update is missing or repeated, when
 * a socket has not got the last update at the end, or when a class delivers a symbol more often than once a second.
 */
const socketCount = 4000;
const symbolsEach = 5;
const symbolCount = 1000;
const pairs = socketCount * symbolsEach;
const classMs = 1000;
const seconds = 3;
/** Nothing came for so long: a class has nothing left to send. */
const quietMs = classMs + 200;
const timeoutMs = 30_000;

const rows = {
  'every update': { frequency: 0, perSymbol: 1 },
  'class of 1 s, phases': { frequency: classMs, perSymbol: 1 },
  'class of 1 s, 5 ticks/s': { frequency: classMs, perSymbol: 5 },
} as const;

type RowName = keyof typeof rows;

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'hub CPU µs per delivery',
  better: 'lower',
  rows: [
    { name: 'every update', against: 'every update' },
    { name: 'class of 1 s, phases', against: 'every update' },
    { name: 'class of 1 s, 5 ticks/s', against: 'every update' },
  ],
  runs: 5,
  warmUpRuns: 1,
  claims: [{ row: 'class of 1 s, phases', of: 'ratio', atMost: 0.6 }],
  async open(closing) {
    const sides = { 0: await openSide(0, closing), [classMs]: await openSide(classMs, closing) };
    return (row) => {
      const { frequency, perSymbol } = rows[row as RowName];
      return measure(sides[frequency], frequency, perSymbol);
    };
  },
} satisfies Bench;

interface Side {
  readonly stage: Stage;
  readonly hub: HubProcess;
  readonly swarm: JudgedSwarm;
}

async function openSide(frequency: number, closing: Closing): Promise<Side> {
  const stage = await openStage(closing, symbolCount);
  const hub = await stage.startHub(closing);
  const swarm = await openJudgedSwarm(closing, stage.feed, hub.port, {
    ...{ sockets: socketCount, symbolsPerSocket: symbolsEach, workers: 2, frequency },
  });
  await swarm.untilSubscribed(timeoutMs);
  return { stage, hub, swarm };
}

async function measure({ stage, hub, swarm }: Side, frequency: number, perSymbol: number): Promise<Measured> {
  const before = await counts(hub, swarm);
  const startedAt = performance.now();
  const cpuBefore = processCpuSeconds(hub.pid);
  const ticks = await stage.feed.publish(perSymbol * symbolCount, seconds);
  const exact = frequency === 0 ? (ticks / symbolCount) * pairs : undefined;
  if (exact === undefined) await swarm.untilQuiet(quietMs);
  else await swarm.untilDelivered(before.arrived + exact, timeoutMs);
  const cpu = processCpuSeconds(hub.pid) - cpuBefore;
  const elapsed = (performance.now() - startedAt) / 1000;
  await swarm.untilCaughtUp(timeoutMs);
  const after = await counts(hub, swarm);
  const delivered = after.arrived - before.arrived;
  if (delivered !== after.sent - before.sent)
    throw new Error(`${delivered} updates arrived, but the hub sent ${after.sent - before.sent}`);
  const times = Math.floor((elapsed * 1000) / classMs) + 1;
  const [min, max] = exact === undefined ? [pairs, pairs * times] : [exact, exact];
  if (delivered < min || delivered > max) throw new Error(`${delivered} deliveries, not ${min} to ${max}`);
  return { value: (cpu / delivered) * 1e6, figures: { delivered, cores: cpu / elapsed } };
}

async function counts(hub: HubProcess, swarm: JudgedSwarm): Promise<{ arrived: number; sent: number }> {
  await swarm.look();
  return {
    arrived: swarm.delivered,
    sent: (await readMetrics(hub)).value('tickwire_hub_updates_delivered_total'),
  };
}
