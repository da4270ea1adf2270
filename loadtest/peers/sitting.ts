import { median, spreadPercent } from '#loadtest/bench/harness/statistics.ts';
import { isHeld, measure, type Run, type RunOrder } from './measure.ts';
import type { Peer } from './peer.ts';
import type { Workload } from './workload.ts';

/** What is measured in one sitting, in which all peers take turns. */
export interface SittingOrder {
  readonly peers: readonly Peer[];
  readonly workload: Workload;
  readonly seconds: number;
  /** Measured runs of each peer. */
  readonly rounds: number;
}

/** What a sitting found of one peer. */
export interface PeerResult {
  readonly peer: string;
  readonly about: string;
  readonly version: string;
  /** Why there are no figures. */
  readonly problem?: string;
  /** Deliveries per second that it held. */
  readonly rateHeld: number;
  readonly runs: readonly Run[];
}

/** Beside one time of the frequency class, after which it delivers as often as it will. */
const warmUpMs = 2000;
const restMs = 1500;
/** A rate counts as too high when so many runs did not hold it: once may be something else on the machine. */
const tries = 2;
/** Below this a peer counts as one that can not do the workload. */
const rateMin = 7500;

/**
 * Finds the rate that each peer holds, beginning with the workload's and halving it, then measures all of them in
 * turn, forward and backward (A B B A), so that what else happens on the machine falls on all of them alike.
 */
export async function sit(order: SittingOrder, tell: (line: string) => void): Promise<PeerResult[]> {
  const found = new Map<Peer, PeerResult>();
  for (const peer of order.peers) found.set(peer, await findRate(peer, order, tell));
  for (let round = 1; round <= order.rounds; round++) {
    const turn = round % 2 === 1 ? order.peers : order.peers.toReversed();
    for (const peer of turn) {
      const result = found.get(peer);
      if (result === undefined || result.problem !== undefined) continue;
      const run = await measure(peer, orderOf(order, result.rateHeld));
      tell(`round ${round}/${order.rounds} ${lineOf(peer, run)}`);
      found.set(peer, { ...result, runs: [...result.runs, run] });
    }
  }
  return [...found.values()];
}

async function findRate(peer: Peer, order: SittingOrder, tell: (line: string) => void): Promise<PeerResult> {
  const described = { peer: peer.name, about: peer.about, rateHeld: 0, runs: [] };
  const missing = peer.missing();
  if (missing !== undefined) {
    tell(`${peer.name}: left out; ${missing}`);
    return { ...described, version: '', problem: missing };
  }
  const version = peer.version();
  const first = order.workload.deliveriesPerSecond;
  if (first === 0) return { ...described, version };
  let words: readonly string[] = [];
  for (let rate = first; rate >= Math.min(rateMin, first); rate /= 2) {
    for (let attempt = 1; attempt <= tries; attempt++) {
      const run = await measure(peer, orderOf(order, rate));
      tell(`finding its rate: ${lineOf(peer, run)}`);
      if (isHeld(run)) return { ...described, version, rateHeld: rate };
      words = [...run.wrong, ...run.slow];
    }
  }
  return { ...described, version, problem: `holds no rate: ${words.join('; ')}` };
}

function orderOf({ workload, seconds }: SittingOrder, deliveriesPerSecond: number): RunOrder {
  return { workload, deliveriesPerSecond, seconds, warmUpMs: warmUpMs + workload.frequencyMs, restMs };
}

function lineOf({ name }: Peer, run: Run): string {
  const figures = Number.isNaN(run.deliveredPerSecond)
    ? `${whole(run.residentBytesPerSocket)} bytes per socket`
    : `${whole(run.deliveredPerSecond)} deliveries/s, ${whole(run.deliveredPerCpuSecond)} per CPU s, p99 ${run.p99Ms} ms`;
  const words = [...run.wrong, ...run.slow].join('; ');
  return isHeld(run) ? `${name}: ${figures}` : `${name}: NOT HELD, ${figures}: ${words}`;
}

/** `12345.6` → `12,346` */
export function whole(figure: number): string {
  return Math.round(figure).toLocaleString('en-US');
}

/** Figures of the runs that were held, as the table and the documents show them. */
export interface Summary {
  readonly peer: string;
  readonly version: string;
  readonly rateHeld: number;
  readonly perCpuSecond: number;
  /** NaN where fewer than two runs were held: one run has none. */
  readonly spreadPercent: number;
  /** Of the first peer, divided by this one's: how many times better the first one is. */
  readonly firstIsBetter: number;
  readonly p99Ms: number;
  readonly bytesPerSocket: number;
  readonly memoryOfFirst: number;
  readonly runsHeld: string;
  readonly problem?: string;
}

/** A line for each peer; ratios are to the first one. */
export function summarise(results: readonly PeerResult[]): Summary[] {
  const first = results[0];
  return results.map((result) => {
    const held = result.runs.filter(isHeld);
    const of = (runs: readonly Run[], read: (run: Run) => number): number => median(runs.map(read));
    const firstHeld = first?.runs.filter(isHeld) ?? [];
    const perCpuSecond = of(held, (run) => run.deliveredPerCpuSecond);
    const bytesPerSocket = of(held, (run) => run.residentBytesPerSocket);
    return {
      peer: result.peer,
      version: result.version,
      rateHeld: result.rateHeld,
      perCpuSecond,
      spreadPercent:
        held.length < 2 ? Number.NaN : spreadPercent(held.map((run) => run.deliveredPerCpuSecond)),
      firstIsBetter: of(firstHeld, (run) => run.deliveredPerCpuSecond) / perCpuSecond,
      p99Ms: of(held, (run) => run.p99Ms),
      bytesPerSocket,
      memoryOfFirst: bytesPerSocket / of(firstHeld, (run) => run.residentBytesPerSocket),
      runsHeld: `${held.length}/${result.runs.length}`,
      ...(result.problem !== undefined && { problem: result.problem }),
    };
  });
}
