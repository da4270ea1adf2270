import type { PriceUpdate, ResetMessage, SubscribedSymbol } from '#protocol/messages.ts';

/** How a hub broke its promise; none of these may happen. */
export const faultKinds = [
  /** Numbers are missing, and no `reset` said so. */
  'gap',
  /** Nothing new, or partly not new, and not marked as a snapshot. */
  'repeat',
  /** What the contract does not have: an update of a symbol not held, a snapshot of another position … */
  'disorder',
  /** At the end others were told of updates that never came here. */
  'behind',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/**
 * What the next message meant: something new, live or replayed; the answer to a request; a loss that is told;
 * nothing to count; or a fault.
 */
export type Verdict =
  | { readonly means: 'live' | 'replayed' | 'answer' | 'loss' | 'nothing' }
  | { readonly means: 'fault'; readonly kind: FaultKind; readonly text: string };

const live: Verdict = { means: 'live' };
const replayed: Verdict = { means: 'replayed' };
const answer: Verdict = { means: 'answer' };
const loss: Verdict = { means: 'loss' };
const nothing: Verdict = { means: 'nothing' };

/**
 * What one client holds of one symbol, over all of its connections. It shares no code with the hub or the
 * SDK, so that a mistake of theirs is not its own too.
 */
export class HeldSymbol {
  readonly #symbol: string;
  /** As the hub writes it; empty = no update has come yet. */
  #epoch = '';
  #seq = -1;
  /** Updates up to here are replayed after a resume: late because the client was away. */
  #replayTo = -1;
  /** What the hub has to send next; `first` = the snapshot that answers a request. */
  #owed: 'subscribed' | 'first' | 'reset' | 'snapshot' | 'nothing' = 'subscribed';

  constructor(symbol: string) {
    this.#symbol = symbol;
  }

  /** For `since`; undefined when nothing is held. */
  get position(): string | undefined {
    return this.#epoch === '' ? undefined : `${this.#epoch}-${this.#seq}`;
  }

  /** Whether everything up to `position` is held. Another epoch than ours counts as not. */
  holds(position: string): boolean {
    const [epoch, seq] = split(position);
    return this.#owed === 'nothing' && epoch === this.#epoch && seq <= this.#seq;
  }

  /** The connection is gone. What was promised but had not come yet is not held. */
  disconnected(): void {
    if (this.#owed !== 'nothing' && this.#owed !== 'subscribed') this.#epoch = '';
    this.#owed = 'subscribed';
  }

  subscribed({ position, recovered, begins }: SubscribedSymbol): Verdict {
    if (begins) return this.#begins(position);
    if (recovered === true) return this.#recovered(position);
    this.#begin(position, recovered === false ? 'reset' : 'first');
    return this.#owed === 'first' ? nothing : answer;
  }

  /** A loss that the client is told of; nothing to count where it held nothing, as before a first price. */
  reset({ position }: ResetMessage): Verdict {
    if (this.#owed === 'subscribed') return this.#disorder('a reset, but is not subscribed');
    const hadSome = this.#epoch !== '';
    this.#begin(position, 'snapshot');
    return hadSome ? loss : nothing;
  }

  update({ seq, from = seq, snapshot }: PriceUpdate): Verdict {
    if (this.#owed === 'subscribed') return this.#disorder(`update ${seq}, but is not subscribed`);
    if (this.#owed === 'reset') return this.#disorder(`update ${seq} before the reset that it needs`);
    if (from > seq) return this.#disorder(`an update from ${from} to ${seq}`);
    if (this.#owed !== 'nothing') return this.#snapshot(seq, snapshot === true);
    if (seq <= this.#seq) return snapshot && seq === this.#seq ? nothing : this.#repeat(from, seq);
    return this.#next(from, seq, snapshot === true);
  }

  /** The symbol's very first update follows: no loss, but only where nothing was held. */
  #begins(position: string | undefined): Verdict {
    const heldNone = this.#owed === 'reset' && this.#epoch === '' && split(position ?? '')[1] === 0;
    const held = this.position;
    this.#begin(position, 'snapshot');
    return heldNone ? nothing : this.#disorder(`a beginning at ${position}, but holds ${held}`);
  }

  #recovered(position: string | undefined): Verdict {
    const [epoch, seq] = split(position ?? '');
    const continues = this.#epoch !== '' && epoch === this.#epoch && seq >= this.#seq;
    const held = this.position;
    this.#owed = 'nothing';
    this.#replayTo = seq;
    return continues ? answer : this.#disorder(`recovered up to ${position}, but holds ${held}`);
  }

  #begin(position: string | undefined, owed: 'first' | 'snapshot' | 'reset'): void {
    const [epoch, seq] = split(position ?? '');
    this.#epoch = epoch;
    this.#seq = seq;
    this.#replayTo = -1;
    this.#owed = epoch === '' ? 'reset' : owed;
  }

  #snapshot(seq: number, marked: boolean): Verdict {
    const promised = this.#seq;
    const meaning = this.#owed === 'first' ? answer : nothing;
    this.#owed = 'nothing';
    this.#seq = Math.max(seq, promised);
    if (marked && seq === promised) return meaning;
    return this.#disorder(`update ${seq} instead of the snapshot of ${promised}`);
  }

  #next(from: number, seq: number, snapshot: boolean): Verdict {
    const held = this.#seq;
    this.#seq = seq;
    if (from > held + 1) return this.#fault('gap', `${held + 1} to ${from - 1} are missing`);
    if (from <= held && !snapshot) return this.#repeat(from, seq);
    return seq <= this.#replayTo ? replayed : live;
  }

  #repeat(from: number, seq: number): Verdict {
    return this.#fault('repeat', `${from} to ${seq} came again`);
  }

  #disorder(text: string): Verdict {
    return this.#fault('disorder', `got ${text}`);
  }

  #fault(kind: FaultKind, text: string): Verdict {
    return { means: 'fault', kind, text: `${this.#symbol} ${this.#epoch}: ${text}` };
  }
}

/** `1731000000000-41` → epoch and sequence number; an empty epoch where it is no position. */
function split(position: string): readonly [epoch: string, seq: number] {
  const match = /^(\d+)-(\d+)$/.exec(position);
  return match === null ? ['', -1] : [match[1] ?? '', Number(match[2])];
}
