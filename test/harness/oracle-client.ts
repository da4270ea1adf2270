import type {
  HubMessage,
  PriceUpdate,
  ResetMessage,
  SubscribedMessage,
  SubscribedSymbol,
} from '#protocol/messages.ts';
import { type Position, parsePosition } from '#protocol/position.ts';
import type { OracleTotals, ViolationKind } from './oracle.ts';
import type { Truth } from './oracle-truth.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a client holds of one symbol. */
interface Held {
  epoch: number;
  /** Everything up to here was received, or reported as missing. */
  seq: number;
  /** What the hub has to send next. */
  owed: 'nothing' | 'snapshot' | 'reset';
  /** On this connection. */
  subscribed: boolean;
  /** The gaps of this epoch. */
  readonly holes: Range[];
}

const noEpoch = -1;

/** Follows one raw client, and reports whatever it should not have received, or should have and did not. */
export class OracleClient {
  readonly name: string;
  readonly #truth: Truth;
  readonly #totals: OracleTotals;
  readonly #symbols = new Map<string, Held>();

  constructor(name: string, truth: Truth, totals: OracleTotals) {
    this.name = name;
    this.#truth = truth;
    this.#totals = totals;
  }

  /** The next message of the client's connection. */
  receive(message: HubMessage): void {
    switch (message.type) {
      case 'price_update':
        for (const symbol of Object.keys(message.data)) this.#update(symbol, message.data[symbol]);
        break;
      case 'subscribed':
        this.#subscribed(message);
        break;
      case 'reset':
        this.#reset(message);
        break;
      case 'unsubscribed':
        for (const symbol of message.symbols) this.#symbols.delete(symbol);
        break;
    }
  }

  /**
   * The connection has ended; what was owed on it is not owed any more. What is held stays, except
   * where the snapshot had not come yet: there the client knows of a position, but has seen nothing.
   */
  disconnected(): void {
    for (const [symbol, held] of this.#symbols) {
      if (held.owed === 'nothing') held.subscribed = false;
      else this.#symbols.delete(symbol);
    }
  }

  /** The client asks to go on after `position`, which need not be the one that it holds. */
  resuming(symbol: string, position: Position): void {
    const subscribed = this.#symbols.get(symbol)?.subscribed ?? false;
    this.#symbols.set(symbol, { ...position, owed: 'nothing', subscribed, holes: [] });
  }

  /** Position of the newest update that the client holds, for `since`; undefined when it holds none. */
  position(symbol: string): Position | undefined {
    const held = this.#symbols.get(symbol);
    return held === undefined || held.epoch === noEpoch ? undefined : { epoch: held.epoch, seq: held.seq };
  }

  /** Whether the client holds everything up to `position`, and is owed nothing. */
  caughtUp(symbol: string, position: Position): boolean {
    const held = this.#symbols.get(symbol);
    return held?.epoch === position.epoch && held.seq >= position.seq && held.owed === 'nothing';
  }

  /** Notes a violation unless the client is caught up. */
  expectCaughtUp(symbol: string, position: Position): void {
    if (this.caughtUp(symbol, position)) return;
    this.#violation('not_caught_up', symbol, `with ${position.epoch}-${position.seq}`);
  }

  /** The end: a snapshot that is still owed will not come. */
  settle(): void {
    for (const [symbol, held] of this.#symbols) {
      if (held.owed === 'snapshot') this.#violation('missing_snapshot', symbol, 'at the end');
      held.owed = 'nothing';
    }
  }

  #subscribed({ symbols }: SubscribedMessage): void {
    for (const [symbol, answer] of Object.entries(symbols)) {
      if (answer.begins) this.#begins(symbol, answer);
      else if (answer.recovered === true) this.#recovered(symbol, answer);
      else this.#begin(symbol, answer.position, answer.recovered === false ? 'reset' : 'snapshot');
    }
  }

  /** Only where the client holds the symbol without a position is nothing lost before its number 0. */
  #begins(symbol: string, { position }: SubscribedSymbol): void {
    const held = this.#symbols.get(symbol);
    if (held?.subscribed !== true || held.epoch !== noEpoch || parsePosition(position)?.seq !== 0)
      this.#violation('false_beginning', symbol, `at ${position}`);
    this.#begin(symbol, position, 'snapshot');
  }

  #recovered(symbol: string, { position }: SubscribedSymbol): void {
    const held = this.#symbols.get(symbol);
    const newest = parsePosition(position);
    if (held !== undefined) held.subscribed = true;
    if (held === undefined || newest?.epoch !== held.epoch || newest.seq < held.seq)
      this.#violation('false_recovery', symbol, `up to ${position}`);
  }

  #reset({ symbol, reason, position }: ResetMessage): void {
    this.#totals.resets[reason]++;
    if (this.#symbols.get(symbol)?.subscribed !== true)
      this.#violation('not_subscribed', symbol, `reset to ${position}`);
    else this.#begin(symbol, position, 'snapshot');
  }

  /** The client's place in `symbol` is `position`, whatever it held. */
  #begin(symbol: string, position: string | undefined, owed: 'snapshot' | 'reset'): void {
    const parsed = parsePosition(position);
    if (position !== undefined && parsed === undefined)
      this.#violation('malformed', symbol, `position ${position}`);
    this.#symbols.set(symbol, {
      epoch: parsed?.epoch ?? noEpoch,
      seq: parsed?.seq ?? -1,
      owed: parsed === undefined ? 'reset' : owed,
      subscribed: true,
      holes: [],
    });
  }

  #update(symbol: string, update: PriceUpdate | undefined): void {
    if (update === undefined) return;
    const held = this.#symbols.get(symbol);
    const from = update.from ?? update.seq;
    if (update.snapshot) this.#totals.snapshots++;
    if (held?.subscribed !== true) this.#violation('not_subscribed', symbol, `update ${update.seq}`);
    else if (from > update.seq) this.#violation('malformed', symbol, `from ${from} to ${update.seq}`);
    else if (held.owed === 'reset') this.#violation('missing_reset', symbol, `before update ${update.seq}`);
    else this.#take(symbol, held, from, update);
  }

  #take(symbol: string, held: Held, from: number, update: PriceUpdate): void {
    this.#truth.compare(this.name, symbol, held.epoch, update);
    if (held.owed === 'snapshot') this.#firstAnswer(symbol, held, update);
    else if (update.seq <= held.seq) this.#repeated(symbol, held, update);
    else this.#next(symbol, held, from, update);
  }

  #firstAnswer(symbol: string, held: Held, update: PriceUpdate): void {
    held.owed = 'nothing';
    if (update.snapshot && update.seq === held.seq) return;
    this.#violation('missing_snapshot', symbol, `of ${held.epoch}-${held.seq}, got ${update.seq} instead`);
    held.seq = Math.max(held.seq, update.seq);
  }

  #repeated(symbol: string, held: Held, { seq, snapshot }: PriceUpdate): void {
    const wasMissing = held.holes.some((hole) => hole.from <= seq && seq <= hole.to);
    const what = `${seq}, after ${held.seq}`;
    if (wasMissing) this.#violation('out_of_order', symbol, what);
    else if (snapshot && seq < held.seq) this.#violation('old_snapshot', symbol, what);
    else if (!snapshot) this.#violation('duplicate', symbol, what);
  }

  #next(symbol: string, held: Held, from: number, { seq, snapshot }: PriceUpdate): void {
    if (from > held.seq + 1) {
      held.holes.push({ from: held.seq + 1, to: from - 1 });
      this.#violation('gap', symbol, `${held.seq + 1} to ${from - 1} are missing`);
    } else if (from <= held.seq && !snapshot)
      this.#violation('unmarked_overlap', symbol, `${from} to ${seq}, after ${held.seq}`);
    if (!snapshot) this.#totals.delivered++;
    this.#totals.covered += seq - Math.max(held.seq, from - 1);
    held.seq = seq;
  }

  #violation(kind: ViolationKind, symbol: string, text: string): void {
    this.#totals.violation(kind, `${this.name} ${symbol}: ${text}`);
  }
}
