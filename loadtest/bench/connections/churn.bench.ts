import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import {
  type Child,
  processCpuSeconds,
  processResidentBytes,
  startChild,
} from '#loadtest/bench/harness/children.ts';
import { type JudgedSwarm, openJudgedSwarm, publishOn } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage } from '#loadtest/bench/stage/stage.ts';
import { latencyPercentile } from '#loadtest/swarm/counting/latency-histogram.ts';
import type { HubProcess } from '#test/harness/processes.ts';
import type { Churned, ChurnerOrder } from './churner-process.ts';

/*
 * What do clients notice of one that subscribes and unsubscribes without end?
 *
 *                                    ┌──▶ 3,000 sockets × 5 of 1,000 symbols, measured
 *   feed ──▶ Redis ──▶ hub ──────────┤
 *    2,000 ticks/s                   └──▶ 1 socket: at least 100,000 subscribes and unsubscribes a minute, over these
 *                                          and 1,000 symbols more, of which it holds 20 (row `churn`); else it rests
 *
 * One hub and the same sockets through all runs, A A B B A A …, with the message rate limit raised so far that every
 * message of the churner is served. Timed: from the publisher's stamp to the read of the 3,000, over 4 s of each run.
 * The claim is about the p99 of all runs of a row together; what `rest again` differs from `rest` by has no cause.
 * Fails when an update of the 3,000 is missing, repeated or out of order, when they are told of a loss, when the churner
 * is refused anything or gets fewer answers than the 100,000 a minute, or when the hub grows by more than 32 MB.
 */
const socketCount = 3000;
const watchedSymbols = 1000;
const symbolCount = 2000;
const ticksPerSecond = 2000;
const messagesPerMinuteMin = 100_000;
/** A little more, as the last answer comes after the last message. */
const messagesPerSecond = (1.05 * messagesPerMinuteMin) / 60;
const heldSymbols = 20;
const residentGrowthMax = 32 * 1024 * 1024;
const calmMs = 1000;
const measuredMs = 4000;
/** The churner goes on for a little longer than is measured. */
const spareMs = 250;
const warmUpSeconds = 3;
const timeoutMs = 60_000;

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'ms p99 of the others',
  better: 'lower',
  runs: 4,
  warmUpRuns: 1,
  rows: [
    { name: 'rest', against: 'rest' },
    { name: 'rest again', against: 'rest' },
    { name: 'churn', against: 'rest' },
  ],
  claims: [{ row: 'churn', of: 'pooled p99 ratio', atMost: 1.1 }],
  async open(closing) {
    const { feed, startHub } = await openStage(closing, symbolCount);
    const hub = await startHub(closing, { MESSAGES_PER_SECOND: 10_000 });
    const others = await openJudgedSwarm(
      closing,
      { symbols: feed.symbols.slice(0, watchedSymbols) },
      hub.port,
      {
        ...{ sockets: socketCount, symbolsPerSocket: 5, workers: 1, rampPerSecond: 4000 },
      },
    );
    await others.untilSubscribed(timeoutMs);
    const churner = startChild(new URL('./churner-process.ts', import.meta.url));
    closing.defer(() => churner.stop());
    const options = { symbols: feed.symbols, heldMax: heldSymbols, messagesPerSecond };
    await order(churner, { url: hub.url, options });
    await feed.publish(ticksPerSecond, warmUpSeconds);
    let residentAtFirst: number | undefined;
    return async (row, closingRun) => {
      publishOn(closingRun, feed, ticksPerSecond);
      const churning = row === 'churn' ? churn(churner) : undefined;
      churning?.catch(() => undefined); // told when it is awaited
      await delay(calmMs);
      const measured = await measure(hub, others);
      await churning;
      residentAtFirst ??= processResidentBytes(hub.pid); // of the first run: each symbol was open for a while
      return { ...measured, figures: { ...measured.figures, ...growth(hub, residentAtFirst) } };
    };
  },
} satisfies Bench;

function order(churner: Child, what: ChurnerOrder): Promise<Churned> {
  return churner.ask<Churned>(what);
}

/** @throws Error when the churner was refused, or could not do as much as is claimed */
async function churn(churner: Child): Promise<void> {
  const messages = Math.ceil(((calmMs + measuredMs + spareMs) / 1000) * messagesPerSecond);
  const { seconds, refused } = await order(churner, { messages });
  const perMinute = (60 * messages) / seconds;
  if (refused > 0) throw new Error(`${refused} messages of the churner were refused`);
  if (perMinute < messagesPerMinuteMin)
    throw new Error(
      `the churner got ${Math.round(perMinute)} answers a minute, less than ${messagesPerMinuteMin}`,
    );
}

async function measure(hub: HubProcess, others: JudgedSwarm): Promise<Measured> {
  await others.look();
  const cpuBefore = processCpuSeconds(hub.pid);
  await delay(measuredMs);
  const { latencies, counts } = await others.look();
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  if (Object.values(counts.resets).some((count) => count > 0))
    throw new Error('the others were told of a loss');
  return {
    value: latencyPercentile(latencies, 99),
    figures: { 'hub CPU s': cpuSeconds, 'p50 ms': latencyPercentile(latencies, 50) },
    latencies,
  };
}

/** @throws Error when it is more than a churner may cost */
function growth({ pid }: HubProcess, residentAtFirst: number): { 'RSS growth MB': number } {
  const bytes = processResidentBytes(pid) - residentAtFirst;
  if (bytes > residentGrowthMax) throw new Error(`the hub's memory grew by ${bytes} bytes`);
  return { 'RSS growth MB': bytes / 1e6 };
}
