import type { LookUpShown, Shown } from '#hub/delivery/frequency-windows.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { Position } from '#protocol/position.ts';

/** The first price that a client may be shown, and the position that it is told. */
export interface FirstPrice {
  /** Undefined: the symbol has none, or a restricted user gets it when its window ends. */
  readonly shown: Shown | undefined;
  readonly position: Position | undefined;
}

/** @param lookUp of a restricted user; undefined: everything may be shown */
export function firstPriceOf({ window }: SymbolFeed, lookUp: LookUpShown | undefined): FirstPrice {
  const { epoch, last, newest, position } = window;
  const shown = lookUp === undefined ? newest && { epoch, seq: last, tick: newest } : lookUp();
  return { shown, position: shown ?? position };
}

/** What a client is told that it will hold: it waits for no more than it is going to get. */
export function newerOf(since: Position | undefined, shown: Position | undefined): Position | undefined {
  return since?.epoch === shown?.epoch && (since?.seq ?? -1) > (shown?.seq ?? -1) ? since : shown;
}
