import { keyOfText } from './symbol-key.ts';

/** What a socket may see that breaks the hub's promise. */
export const violationKinds = [
  'gap',
  'duplicate',
  'overlap',
  'old_snapshot',
  'missing_snapshot',
  'missing_reset',
  'false_recovery',
  'not_subscribed',
  'malformed',
  'behind_at_end',
] as const;
export type ViolationKind = (typeof violationKinds)[number];

/** `live`: brought something new; `snapshot`: the last known price once more; `wrong`: told to `violation`. */
export type Judgement = 'live' | 'snapshot' | 'wrong';

/** What the hub owes for a symbol before live updates may come. */
const owed = { anything: 0, snapshot: 1, nothing: 2, reset: 3 } as const;

/**
 * The coverage oracle of a worker: what each of its sockets holds of each of its symbols, in flat arrays (21
 * bytes for a slot), so that an update is judged without allocating anything. Per socket there is a
 * small hash table with linear probing, at least twice as large as its symbols.
 */
export class Ledger {
  readonly #slots: number;
  readonly #keys: Int32Array;
  readonly #held: Float64Array;
  readonly #epochs: Float64Array;
  readonly #owed: Uint8Array;
  readonly #violation: (kind: ViolationKind, socket: number, key: number, words: string) => void;

  constructor(
    sockets: number,
    symbolsPerSocket: number,
    owedAtFirst: 'anything' | 'reset',
    violation: (kind: ViolationKind, socket: number, key: number, words: string) => void,
  ) {
    this.#slots = 2 ** Math.ceil(Math.log2(2 * symbolsPerSocket));
    const size = sockets * this.#slots;
    this.#keys = new Int32Array(size);
    this.#held = new Float64Array(size).fill(-1);
    this.#epochs = new Float64Array(size).fill(-1);
    this.#owed = new Uint8Array(size).fill(owed[owedAtFirst]);
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
  resume(socket: number, symbol: string, epoch: number, seq: number): void {
    this.#owe(socket, symbol, owed.nothing, epoch, seq);
  }

  /** An update came: it stands for `from` to `seq`. */
  update(socket: number, key: number, from: number, seq: number, snapshot: boolean): Judgement {
    const slot = this.#slotOf(socket, key);
    if (slot >= 0 && !snapshot && this.#owed[slot] === owed.nothing) {
      if (from === (this.#held[slot] as number) + 1 && seq >= from) {
        this.#held[slot] = seq;
        return 'live';
      }
    }
    return this.#judge(socket, slot, key, from, seq, snapshot);
  }

  position(socket: number, symbol: string, epoch: number, seq: number): void {
    this.#owe(socket, symbol, owed.snapshot, epoch, seq);
  }

  noPosition(socket: number, symbol: string): void {
    this.#owe(socket, symbol, owed.reset, -1, -1);
  }

  recovered(socket: number, symbol: string): void {
    const key = keyOfText(symbol);
    const slot = this.#slotOf(socket, key);
    if (slot < 0) this.#violation('not_subscribed', socket, key, 'a symbol that was not asked for');
    else if (this.#owed[slot] !== owed.nothing || this.#epochs[slot] === -1)
      this.#violation('false_recovery', socket, key, 'recovered, but nothing was held');
  }

  /** What the socket holds of the symbol, when it can be continued. */
  since(socket: number, symbol: string): string | undefined {
    const slot = this.#slotOf(socket, keyOfText(symbol));
    if (slot < 0 || this.#owed[slot] !== owed.nothing || this.#epochs[slot] === -1) return undefined;
    return `${this.#epochs[slot]}-${this.#held[slot]}`;
  }

  /** Last number held, -1 for none; undefined when the hub owes a snapshot or the socket has no such symbol. */
  heldOf(socket: number, key: number): number | undefined {
    const slot = this.#slotOf(socket, key);
    if (slot < 0 || this.#owed[slot] === owed.snapshot) return undefined;
    return this.#held[slot];
  }

  #judge(socket: number, slot: number, key: number, from: number, seq: number, snapshot: boolean): Judgement {
    const range = from === seq ? `${seq}` : `${from}…${seq}`;
    const came = `${snapshot ? 'a snapshot of ' : ''}${range}`;
    if (slot < 0) return this.#wrong('not_subscribed', socket, key, `came ${came}`);
    const held = this.#held[slot] as number;
    const due = this.#owed[slot];
    if (!(from <= seq)) return this.#wrong('malformed', socket, key, `came ${came}`);
    if (due === owed.nothing) {
      if (snapshot && seq < held)
        return this.#wrong('old_snapshot', socket, key, `held ${held}, came ${came}`);
      this.#held[slot] = Math.max(held, seq);
      if (from > held + 1) return this.#wrong('gap', socket, key, `held ${held}, came ${came}`);
      if (snapshot) return 'snapshot';
      return this.#wrong(seq <= held ? 'duplicate' : 'overlap', socket, key, `held ${held}, came ${came}`);
    }
    this.#owed[slot] = owed.nothing;
    this.#held[slot] = seq;
    if (due === owed.anything) return snapshot ? 'snapshot' : 'live';
    if (due === owed.reset)
      return this.#wrong('missing_reset', socket, key, `came ${came} before any position`);
    if (snapshot && seq >= held) return 'snapshot';
    return this.#wrong('missing_snapshot', socket, key, `a snapshot of ${held} was due, came ${came}`);
  }

  #owe(socket: number, symbol: string, due: number, epoch: number, seq: number): void {
    const key = keyOfText(symbol);
    const slot = this.#slotOf(socket, key);
    if (slot < 0) {
      this.#violation('not_subscribed', socket, key, 'a symbol that was not asked for');
      return;
    }
    this.#owed[slot] = due;
    this.#epochs[slot] = epoch;
    this.#held[slot] = seq;
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
