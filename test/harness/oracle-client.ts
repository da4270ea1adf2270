import {
  type Coverage,
  disconnected,
  holds,
  type Judgement,
  nothingHeld,
  reset,
  resuming,
  subscribed,
  update,
} from '#loadtest/judge/reference-judge.ts';
import type { HubMessage, PriceUpdate, ResetMessage } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import type { OracleTotals, ViolationKind } from './oracle-report.ts';
import type { Truth } from './oracle-truth.ts';

/**
 * Follows one raw client: the reference judge says what each symbol's messages broke, the truth whether their content is
 * what was published.
 */
export class OracleClient {
  readonly name: string;
  readonly #truth: Truth;
  readonly #totals: OracleTotals;
  readonly #symbols = new Map<string, Coverage>();

  constructor(name: string, truth: Truth, totals: OracleTotals) {
    this.name = name;
    this.#truth = truth;
    this.#totals = totals;
  }

  /** The next message of the client's connection. */
  receive(message: HubMessage): void {
    switch (message.type) {
      case 'price_update':
        for (const [symbol, data] of Object.entries(message.data)) this.#update(symbol, data);
        break;
      case 'subscribed':
        for (const [symbol, answer] of Object.entries(message.symbols))
          this.#note(symbol, subscribed(this.#held(symbol), answer));
        break;
      case 'reset':
        this.#reset(message);
        break;
      case 'unsubscribed':
        for (const symbol of message.symbols) this.#symbols.delete(symbol);
        break;
    }
  }

  /** The connection has ended. */
  disconnected(): void {
    for (const [symbol, held] of this.#symbols) this.#symbols.set(symbol, disconnected(held));
  }

  /** The client asks to go on after `position`, which need not be the one that it holds. */
  resuming(symbol: string, position: Position): void {
    this.#symbols.set(symbol, resuming(position));
  }

  /** Position of the newest update that the client holds, for `since`; undefined when it holds none. */
  position(symbol: string): Position | undefined {
    return this.#held(symbol).place;
  }

  /** Whether the client holds everything up to `position`, and is owed nothing. */
  caughtUp(symbol: string, position: Position): boolean {
    return holds(this.#held(symbol), position);
  }

  /** Notes a violation unless the client is caught up. */
  expectCaughtUp(symbol: string, position: Position): void {
    if (this.caughtUp(symbol, position)) return;
    this.#violation('not_caught_up', symbol, `with ${position.epoch}-${position.seq}`);
  }

  /** The end: a snapshot that is still owed will not come, and is noted once. */
  settle(): void {
    for (const [symbol, held] of this.#symbols) {
      if (held.due !== 'snapshot') continue;
      this.#violation('missing_snapshot', symbol, 'at the end');
      this.#symbols.set(symbol, { ...held, due: 'nothing' });
    }
  }

  #held(symbol: string): Coverage {
    return this.#symbols.get(symbol) ?? nothingHeld;
  }

  #reset({ symbol, reason, position }: ResetMessage): void {
    this.#totals.resets[reason]++;
    this.#note(symbol, reset(this.#held(symbol), position));
  }

  #update(symbol: string, data: PriceUpdate): void {
    const before = this.#held(symbol);
    const judgement = update(before, data);
    const { covered } = judgement;
    const isPlaced = before.place !== undefined && (before.due === 'snapshot' || before.due === 'nothing');
    if (isPlaced && (data.from ?? data.seq) <= data.seq)
      this.#truth.compare(this.name, symbol, before.place.epoch, data);
    if (data.snapshot) this.#totals.snapshots++;
    else if (covered > 0) this.#totals.delivered++;
    this.#totals.covered += covered;
    this.#note(symbol, judgement);
  }

  #note(symbol: string, { held, violation }: Judgement): void {
    this.#symbols.set(symbol, held);
    if (violation !== undefined) this.#violation(violation.kind, symbol, violation.text);
  }

  #violation(kind: ViolationKind, symbol: string, text: string): void {
    this.#totals.violation(kind, `${this.name} ${symbol}: ${text}`);
  }
}
