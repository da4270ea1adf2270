import { latencyPercentile } from '#loadtest/swarm/counting/latency-histogram.ts';
import { processCpuSeconds, processResidentBytes } from '#loadtest/swarm/process-usage.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { type Crowd, openCrowd } from './crowd.ts';
import type { Peer, RunningPeer } from './peer.ts';
import { symbolName } from './update.ts';
import { deliveriesOf, socketsBySymbol, updatesPerSecondOf, type Workload } from './workload.ts';

/** What one measured run of a peer is to do. */
export interface RunOrder {
  readonly workload: Workload;
  readonly deliveriesPerSecond: number;
  readonly seconds: number;
  /** Of publishing before the timed part, ms. */
  readonly warmUpMs: number;
  /** After the start, and again after the last socket, so that a collection is over before memory is read; ms. */
  readonly restMs: number;
}

/** What one run found. */
export interface Run {
  /** What was refused, or came not, twice or out of order. */
  readonly wrong: readonly string[];
  /** What came, but later or less often than was asked for. */
  readonly slow: readonly string[];
  readonly deliveredPerSecond: number;
  readonly deliveredPerCpuSecond: number;
  readonly cores: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentBytesPerSocket: number;
}

/** Of the words of a run that went wrong, so many are shown. */
const wordsMax = 3;
const openTimeoutMs = 60_000;
const settleTimeoutMs = 10_000;

/** A run whose p99 latency is above it does not hold. */
export const p99MaxMs = 1000;
/** Of what was asked for; a little less is the clock's doing. */
const rateMin = 0.95;

const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));

/** Every update came once and in order, in time, at the rate that was asked for. */
export function isHeld({ wrong, slow }: Run): boolean {
  return wrong.length === 0 && slow.length === 0;
}

/** Starts a peer with a Redis of its own, lets the sockets in, publishes, and counts what comes. */
export async function measure(peer: Peer, order: RunOrder): Promise<Run> {
  const redis = await startRedis({ config: ['client-output-buffer-limit pubsub 256mb 64mb 60'] });
  const place = { redisUrl: redis.url, symbols: order.workload.symbols };
  try {
    const running = await peer.start(place);
    try {
      return await measureRunning(peer, running, order);
    } finally {
      await running.stop();
    }
  } finally {
    await redis.stop();
  }
}

async function measureRunning(peer: Peer, running: RunningPeer, order: RunOrder): Promise<Run> {
  await pause(order.restMs);
  const emptyBytes = residentBytes(running);
  const crowd = await openCrowd(order.workload, peer.dialect, running.port);
  try {
    const refused = await allSubscribed(crowd, order.workload.sockets);
    if (refused.length > 0) return failed(refused);
    await pause(order.restMs);
    const residentBytesPerSocket = (residentBytes(running) - emptyBytes) / order.workload.sockets;
    if (order.deliveriesPerSecond === 0) return { ...failed([]), residentBytesPerSocket };
    return { ...(await measureFeed(running, crowd, order)), residentBytesPerSocket };
  } finally {
    await crowd.stop();
  }
}

/** Resolves with what went wrong, when the sockets did not all get what they asked for. */
async function allSubscribed(crowd: Crowd, sockets: number): Promise<readonly string[]> {
  const words: string[] = [];
  let subscribed = 0;
  const condition = async (): Promise<boolean> => {
    const sample = await crowd.sample();
    words.push(...sample.words);
    subscribed = sample.subscribed;
    return subscribed === sockets || words.length > 0;
  };
  try {
    await until(`${sockets} sockets are subscribed`, condition, openTimeoutMs);
    return words;
  } catch {
    return [`${subscribed} of ${sockets} sockets were subscribed within ${openTimeoutMs} ms`];
  }
}

async function measureFeed(
  running: RunningPeer,
  crowd: Crowd,
  { workload, deliveriesPerSecond, seconds, warmUpMs }: RunOrder,
): Promise<Run> {
  await running.startFeed(updatesPerSecondOf(deliveriesPerSecond, workload));
  await pause(warmUpMs);
  const before = await crowd.sample();
  const began = { cpu: cpuSeconds(running), at: performance.now() };
  await pause(seconds * 1000);
  const timed = await crowd.sample();
  const cpu = cpuSeconds(running) - began.cpu;
  const elapsed = (performance.now() - began.at) / 1000;
  const published = await running.stopFeed();
  const after = await settle(crowd, standingsOf(published, workload));
  const delivered = before.delivered + timed.delivered + after.delivered;
  const p99Ms = latencyPercentile(timed.latencies, 99);
  const deliveredPerSecond = timed.delivered / elapsed;
  const wrong = [
    ...[...before.words, ...timed.words, ...after.words].slice(0, wordsMax),
    ...(before.wrong + timed.wrong + after.wrong > 0 ? ['some sockets lost updates'] : []),
    ...countProblems(delivered, deliveriesOf(published, socketsBySymbol(workload)), workload, after.behind),
  ];
  const slow = [
    ...(deliveredPerSecond < deliveriesPerSecond * rateMin && workload.frequencyMs === 0
      ? [`${Math.round(deliveredPerSecond)} of ${deliveriesPerSecond} deliveries per second`]
      : []),
    ...(p99Ms > p99MaxMs + workload.frequencyMs ? [`p99 of ${p99Ms} ms`] : []),
  ];
  return {
    wrong,
    slow,
    deliveredPerSecond,
    deliveredPerCpuSecond: timed.delivered / cpu,
    cores: cpu / elapsed,
    p50Ms: latencyPercentile(timed.latencies, 50),
    p99Ms,
    residentBytesPerSocket: Number.NaN,
  };
}

/** Who conflates need not deliver each update by itself, but has to come as far. */
function countProblems(delivered: number, due: number, workload: Workload, behind: number): string[] {
  if (behind > 0) return [`${behind} subscriptions did not get the last update`];
  if (workload.frequencyMs > 0 && delivered <= due) return [];
  return delivered === due ? [] : [`${delivered} deliveries instead of ${due}`];
}

/** Waits until every socket has come as far as was published, for a while. */
async function settle(crowd: Crowd, standings: ReadonlyMap<string, number>) {
  let delivered = 0;
  let wrong = 0;
  let behind = 0;
  const words: string[] = [];
  const isThere = async (): Promise<boolean> => {
    behind = await crowd.behind(standings);
    const sample = await crowd.sample();
    delivered += sample.delivered;
    wrong += sample.wrong;
    words.push(...sample.words);
    return behind === 0;
  };
  const deadline = performance.now() + settleTimeoutMs;
  while (!(await isThere()) && performance.now() < deadline) await pause(100);
  return { delivered, wrong, words, behind };
}

/** The last number of each symbol. */
function standingsOf(published: number, { symbols }: Workload): Map<string, number> {
  const standings = new Map<string, number>();
  for (let symbol = 0; symbol < symbols; symbol++) {
    const updates = Math.floor((published - 1 - symbol) / symbols) + 1;
    if (updates > 0) standings.set(symbolName(symbol), updates);
  }
  return standings;
}

function failed(wrong: readonly string[]): Run {
  const none = Number.NaN;
  return {
    wrong: wrong.slice(0, wordsMax),
    slow: [],
    deliveredPerSecond: none,
    deliveredPerCpuSecond: none,
    cores: none,
    p50Ms: none,
    p99Ms: none,
    residentBytesPerSocket: none,
  };
}

/** @throws Error when the server has ended */
function cpuSeconds({ pid }: RunningPeer): number {
  return alive(processCpuSeconds(pid));
}

function residentBytes({ pid }: RunningPeer): number {
  return alive(processResidentBytes(pid));
}

function alive(figure: number | undefined): number {
  if (figure === undefined) throw new Error('the server ended while it was measured');
  return figure;
}
