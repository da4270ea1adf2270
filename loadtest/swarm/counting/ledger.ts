import { violationKinds as contractViolationKinds } from '#loadtest/judge/reference-judge.ts';
import { keyOfText } from '#loadtest/swarm/dialect/symbol-key.ts';
import type { SubscribedSymbol } from '#protocol/messages.ts';
import { type Position, parsePosition } from '#protocol/position.ts';

/** What a socket may see that breaks the hub's promise: the rules of the reference judge, and the end. */
export const violationKinds = [...contractViolationKinds, 'not_caught_up'] as const;

/** The rule that was broken. */
export type ViolationKind = (typeof violationKinds)[number];

/** `live`: brought something new; `snapshot`: the last known price once more; `wrong`: told to `violation`. */
export type Judgement = 'live' | 'snapshot' | 'wrong';

/** What has to come before, or as, the next update; `anything`: of a hub that tells no positions. */
const due = { anything: 0, snapshot: 1, nothing: 2, reset: 3, subscribed: 4 } as const;

/**
 * The judge of a worker: what each of its sockets holds of each of its symbols, in flat arrays (21 bytes for a slot), so
 * that hundreds of thousands of updates a second are judged without allocating anything. Per socket there is a small
 * hash table with linear probing, at least twice as large as its symbols. The rules are those of the reference judge,
 * and a property test holds it to them.
 */
export class Ledger {
  readonly #slots: number;
  readonly #keys: Int32Array;
  /** Number up to which everything is held; -1 = none. */
  readonly #held: Float64Array;
  /** Epoch of `held`; -1 = no position is known. */
  readonly #epochs: Float64Array;
  readonly #due: Uint8Array;
  readonly #violation: (kind: ViolationKind, socket: number, key: number, words: string) => void;

  /** @param dueAtFirst `anything` for a hub that tells no positions: its history begins with its first update */
  constructor(
    sockets: number,
    symbolsPerSocket: number,
    dueAtFirst: 'anything' | 'subscribed',
    violation: (kind: ViolationKind, socket: number, key: number, words: string) => void,
  ) {
    this.#slots = 2 ** Math.ceil(Math.log2(2 * symbolsPerSocket));
    const size = sockets * this.#slots;
    this.#keys = new Int32Array(size);
    this.#held = new Float64Array(size).fill(-1);
    this.#epochs = new Float64Array(size).fill(-1);
    this.#due = new Uint8Array(size).fill(due[dueAtFirst]);
    this.#violation = violation;
  }

  /** The socket is to get the symbol. */
  enter(socket: number, key: number): void {
    const base = socket * this.#slots;
    let slot = key & (this.#slots - 1);
    while (this.#keys[base + slot] !== 0) slot = (slot + 1) & (this.#slots - 1);
    this.#keys[base + slot] = key;
  }

  /** The socket holds this from an earlier connection, and asks for what came after it. */
  resume(socket: number, symbol: string, place: Position): void {
    const slot = this.#slotOf(socket, keyOfText(symbol));
    if (slot >= 0) this.#place(slot, due.subscribed, place);
  }

  /** The socket's connection has ended: what it holds stays, where no snapshot was due. */
  disconnected(socket: number): void {
    const base = socket * this.#slots;
    for (let slot = base; slot < base + this.#slots; slot++) {
      if (this.#isHeld(slot)) this.#due[slot] = due.subscribed;
      else if (this.#due[slot] === due.snapshot || this.#due[slot] === due.reset)
        this.#place(slot, due.subscribed, undefined);
    }
  }

  /** An update came: it stands for `from` to `seq`. */
  update(socket: number, key: number, from: number, seq: number, snapshot: boolean): Judgement {
    const slot = this.#slotOf(socket, key);
    if (slot >= 0 && !snapshot && this.#due[slot] === due.nothing) {
      if (from === (this.#held[slot] as number) + 1 && seq >= from) {
        this.#held[slot] = seq;
        return 'live';
      }
    }
    return this.#judge(socket, slot, key, from, seq, snapshot);
  }

  /** `subscribed` names the symbol. */
  subscribed(socket: number, symbol: string, answer: SubscribedSymbol): void {
    const key = keyOfText(symbol);
    const slot = this.#slotOf(socket, key);
    const position = parsePosition(answer.position);
    if (slot < 0) this.#wrong('not_subscribed', socket, key, 'a symbol that was not asked for');
    else if (position === undefined && answer.position !== undefined)
      this.#malformed(socket, slot, key, answer.position);
    else if (answer.begins) this.#begins(socket, slot, key, position);
    else if (answer.recovered === true) this.#recovered(socket, slot, key, position);
    else this.#place(slot, answer.recovered === false ? due.reset : due.snapshot, position);
  }

  /** A `reset` of the symbol. @param told its `position` */
  reset(socket: number, symbol: string, told: string | undefined): void {
    const key = keyOfText(symbol);
    const slot = this.#slotOf(socket, key);
    const position = parsePosition(told);
    if (slot < 0 || this.#due[slot] === due.subscribed)
      this.#wrong('not_subscribed', socket, key, `a reset to ${told}`);
    else if (position === undefined && told !== undefined) this.#malformed(socket, slot, key, told);
    else this.#place(slot, due.snapshot, position);
  }

  /** What the socket holds of the symbol, when it can be continued. */
  since(socket: number, symbol: string): string | undefined {
    const slot = this.#slotOf(socket, keyOfText(symbol));
    return slot >= 0 && this.#isHeld(slot) ? `${this.#epochs[slot]}-${this.#held[slot]}` : undefined;
  }

  /** Last number held, -1 for none; undefined when a snapshot is due or the socket has no such symbol. */
  heldOf(socket: number, key: number): number | undefined {
    const slot = this.#slotOf(socket, key);
    if (slot < 0 || this.#due[slot] === due.snapshot) return undefined;
    return this.#held[slot];
  }

  #judge(socket: number, slot: number, key: number, from: number, seq: number, snapshot: boolean): Judgement {
    const range = from === seq ? `${seq}` : `${from}…${seq}`;
    const came = `${snapshot ? 'a snapshot of ' : ''}${range}`;
    const dueNow = slot < 0 ? due.subscribed : this.#due[slot];
    if (dueNow === due.subscribed) return this.#wrong('not_subscribed', socket, key, `came ${came}`);
    if (!(from <= seq)) return this.#wrong('malformed', socket, key, `came ${came}`);
    if (dueNow === due.reset)
      return this.#wrong('missing_reset', socket, key, `came ${came} before any position`);

    const held = this.#held[slot] as number;
    this.#due[slot] = due.nothing;
    this.#held[slot] = Math.max(held, seq);
    if (dueNow === due.anything) return snapshot ? 'snapshot' : 'live';
    if (dueNow === due.snapshot) {
      if (snapshot && seq === held) return 'snapshot';
      return this.#wrong('missing_snapshot', socket, key, `a snapshot of ${held} was due, came ${came}`);
    }
    const words = `held ${held}, came ${came}`;
    if (from > held + 1) return this.#wrong('gap', socket, key, words);
    if (!snapshot) return this.#wrong(seq <= held ? 'duplicate' : 'overlap', socket, key, words);
    return seq < held ? this.#wrong('old_snapshot', socket, key, words) : 'snapshot';
  }

  #begins(socket: number, slot: number, key: number, position: Position | undefined): void {
    const isFirst = this.#due[slot] === due.reset && this.#epochs[slot] === -1 && position?.seq === 0;
    if (!isFirst)
      this.#wrong('false_beginning', socket, key, `at ${position?.seq}, held ${this.#held[slot]}`);
    this.#place(slot, due.snapshot, position);
  }

  #recovered(socket: number, slot: number, key: number, newest: Position | undefined): void {
    const [epoch, held] = [this.#epochs[slot], this.#held[slot] as number];
    const continues =
      newest !== undefined && this.#isHeld(slot) && newest.epoch === epoch && newest.seq >= held;
    if (!continues)
      this.#wrong(
        'false_recovery',
        socket,
        key,
        `up to ${newest?.epoch}-${newest?.seq}, held ${epoch}-${held}`,
      );
    this.#due[slot] = epoch === -1 ? due.reset : due.nothing;
  }

  /** Whether the socket can continue from there: a position is known, and its snapshot has come. */
  #isHeld(slot: number): boolean {
    const isSeen = this.#due[slot] === due.nothing || this.#due[slot] === due.subscribed;
    return isSeen && this.#epochs[slot] !== -1;
  }

  #malformed(socket: number, slot: number, key: number, told: string): void {
    this.#wrong('malformed', socket, key, `a position ${told}`);
    this.#place(slot, due.reset, undefined);
  }

  #place(slot: number, dueNext: number, position: Position | undefined): void {
    this.#due[slot] = position === undefined && dueNext !== due.subscribed ? due.reset : dueNext;
    this.#epochs[slot] = position?.epoch ?? -1;
    this.#held[slot] = position?.seq ?? -1;
  }

  #wrong(kind: ViolationKind, socket: number, key: number, words: string): Judgement {
    this.#violation(kind, socket, key, words);
    return 'wrong';
  }

  #slotOf(socket: number, key: number): number {
    const mask = this.#slots - 1;
    const base = socket * this.#slots;
    let slot = key & mask;
    for (let probes = 0; probes <= mask; probes++) {
      const found = this.#keys[base + slot];
      if (found === key) return base + slot;
      if (found === 0) return -1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }
}
