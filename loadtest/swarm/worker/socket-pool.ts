import { LatencyCounts } from '#loadtest/swarm/counting/latency-counts.ts';
import { Ledger, type ViolationKind } from '#loadtest/swarm/counting/ledger.ts';
import type { Dialect } from '#loadtest/swarm/dialect/dialect.ts';
import { keyOfText, keysOf } from '#loadtest/swarm/dialect/symbol-key.ts';
import type { ResetReason } from '#protocol/messages.ts';
import { resetReasons } from '#protocol/messages.ts';
import { explain } from './explain.ts';
import { ReadBuffer } from './frame-reader.ts';
import { Openings } from './openings.ts';
import { type SocketOwner, SwarmSocket } from './swarm-socket.ts';
import type { Standings, SwarmCounts, WorkerOrder, WorkerSample } from './worker-messages.ts';

const wordsMax = 20;
/** Slow sockets are given what they may read so often. */
const paceMs = 100;

/** All sockets of one worker process, and what they share. */
export class SocketPool implements SocketOwner {
  readonly dialect: Dialect;
  readonly buffer = new ReadBuffer();
  readonly latencies = new LatencyCounts();
  readonly ledger: Ledger;
  readonly frequencyMs: number;
  readonly openTimeoutMs = 30_000;
  readonly clock = Date.now;
  /** When the read that is judged came, Unix ms: one look at the clock for all updates of a read. */
  nowMs = 0;
  counts = noCounts();
  readonly #order: WorkerOrder;
  readonly #sockets: readonly SwarmSocket[];
  readonly #symbolOf: ReadonlyMap<number, string>;
  readonly #openings: Openings;
  #violations: Partial<Record<ViolationKind, number>> = {};
  #words: string[] = [];
  #wordsTold = 0;
  /** Why connections ended, each told once. */
  readonly #reasonsTold = new Set<string>();
  #subscribed = 0;
  #churning = false;
  /** Whether the slow sockets are slow just now. */
  slowing: boolean;
  /** From connect to the answer of the subscribe, whole ms. */
  readonly #answers = new LatencyCounts();

  constructor(order: WorkerOrder, dialect: Dialect) {
    this.#order = order;
    this.dialect = dialect;
    this.frequencyMs = order.frequencyMs;
    this.slowing = order.slowAtFirst;
    this.#symbolOf = keysOf(order.catalogue);
    const count = order.choices.length / order.symbolsPerSocket;
    this.ledger = new Ledger(
      count,
      order.symbolsPerSocket,
      dialect.historyBegins === 'told-position' ? 'subscribed' : 'anything',
      (kind, socket, key, words) => this.#violation(kind, socket, key, words),
    );
    this.#sockets = Array.from({ length: count }, (_, index) => this.#createSocket(index));
    this.#openings = new Openings(order, (socket, endpoint, address) => socket.open(endpoint, address));
    this.#openings.all(this.#sockets);
    setInterval(() => this.#turn(), paceMs);
  }

  churn(on: boolean): void {
    this.#churning = on;
  }

  /** Slow sockets begin to read slowly, or to read all that comes. */
  slow(on: boolean): void {
    this.slowing = on;
    if (on) return;
    for (let index = 0; index < this.#order.slowSockets; index++)
      this.#sockets[index]?.allow(Number.POSITIVE_INFINITY);
  }

  /** @param waitedMs since its connect */
  subscribed(waitedMs: number): void {
    this.#subscribed++;
    this.#answers.record(waitedMs);
  }

  closed(socket: SwarmSocket, wasSubscribed: boolean, problem: Error | undefined): void {
    if (wasSubscribed) this.#subscribed--;
    if (wasSubscribed) this.counts.lost++;
    else this.counts.failed++;
    if (this.#order.comesBack) {
      this.#openings.again(socket);
      return;
    }
    this.counts.problems++;
    const why = `${wasSubscribed ? 'was closed by the hub' : 'could not connect'}${problem ? `: ${explain(problem)}` : ''}`;
    this.#sayOnce(why, `socket ${this.nameOf(socket)} ${why}`);
  }

  closeCode(code: number): void {
    if (this.#order.comesBack) return;
    this.counts.problems++;
    const why = `a hub closed a socket with code ${code}`;
    this.#sayOnce(why, why);
  }

  problem(words: string): void {
    this.counts.problems++;
    this.#say(words);
  }

  /** The socket's number within the swarm. */
  nameOf(socket: SwarmSocket): number {
    return this.#order.firstSocket + socket.index;
  }

  sample(): WorkerSample {
    const { counts } = this;
    const violations = this.#violations;
    const words = this.#words;
    this.counts = noCounts();
    this.#violations = {};
    this.#words = [];
    const [latencies, answers] = [this.latencies.take(), this.#answers.take()];
    return { subscribed: this.#subscribed, counts, latencies, answers, violations, words };
  }

  furthest(): ReadonlyMap<string, number> {
    const furthest = new Map<string, number>();
    for (const { index, symbols } of this.#sockets)
      for (const symbol of symbols) {
        const held = this.ledger.heldOf(index, keyOfText(symbol)) ?? -1;
        if (held > (furthest.get(symbol) ?? -1)) furthest.set(symbol, held);
      }
    return furthest;
  }

  /** Slow sockets are not looked at: that they fall behind is the point of them. */
  behind(standings: Standings, tell: boolean): number {
    let behind = 0;
    for (const { index, symbols, pace } of this.#sockets) {
      if (pace !== undefined) continue;
      for (const symbol of symbols) {
        const standing = standings.get(symbol) ?? -1;
        const held = this.ledger.heldOf(index, keyOfText(symbol));
        if (held !== undefined && held >= standing) continue;
        behind++;
        const words = held === undefined ? 'its snapshot never came' : `holds ${held} of ${standing}`;
        if (tell) this.#violation('not_caught_up', index, keyOfText(symbol), words);
      }
    }
    return behind;
  }

  #createSocket(index: number): SwarmSocket {
    const { catalogue, choices, symbolsPerSocket, slowSockets, slowBytesPerSecond, since } = this.#order;
    const chosen = choices.subarray(index * symbolsPerSocket, (index + 1) * symbolsPerSocket);
    const symbols = Array.from(chosen, (choice) => catalogue[choice] ?? '');
    for (const symbol of symbols) {
      const held = since?.[symbol];
      this.ledger.enter(index, keyOfText(symbol));
      if (held !== undefined) this.ledger.resume(index, symbol, held);
    }
    return new SwarmSocket(index, symbols, this, index < slowSockets ? slowBytesPerSecond : undefined);
  }

  #turn(): void {
    const { slowSockets, churnPerSecond } = this.#order;
    if (this.slowing) for (let index = 0; index < slowSockets; index++) this.#sockets[index]?.allow(paceMs);
    if (!this.#churning || churnPerSecond === 0) return;
    const leaving = (churnPerSecond * paceMs) / 1000;
    const whole = Math.floor(leaving) + (Math.random() < leaving % 1 ? 1 : 0);
    for (let count = 0; count < whole; count++) this.#leaveAndComeBack();
  }

  #leaveAndComeBack(): void {
    const socket = this.#sockets[Math.floor(Math.random() * this.#sockets.length)];
    if (socket?.isSubscribed !== true) return;
    socket.abandon();
    this.#subscribed--;
    this.counts.churned++;
    this.#openings.again(socket);
  }

  #violation(kind: ViolationKind, socket: number, key: number, words: string): void {
    this.#violations[kind] = (this.#violations[kind] ?? 0) + 1;
    const symbol = this.#symbolOf.get(key) ?? 'a symbol that nobody knows';
    this.#say(`${kind}: socket ${this.#order.firstSocket + socket}, ${symbol}: ${words}`);
  }

  /** When a hub goes, thousands of sockets go for the same reason: it is told of the first. */
  #sayOnce(reason: string, words: string): void {
    if (this.#reasonsTold.has(reason) || this.#reasonsTold.size >= wordsMax) return;
    this.#reasonsTold.add(reason);
    this.#say(words);
  }

  #say(words: string): void {
    if (this.#wordsTold >= wordsMax) return;
    this.#wordsTold++;
    this.#words.push(words);
  }
}

/** Counts that begin at 0. */
export function noCounts(): SwarmCounts {
  const counts = { updates: 0, slowUpdates: 0, snapshot: 0, wrong: 0, frames: 0, reads: 0, bytes: 0 };
  const resets = Object.fromEntries(resetReasons.map((reason) => [reason, 0])) as Record<ResetReason, number>;
  return { ...counts, resets, churned: 0, lost: 0, failed: 0, refused: 0, problems: 0 };
}
