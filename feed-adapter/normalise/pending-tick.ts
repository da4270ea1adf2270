import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';

/** A tick that is not published yet, with what publishing needs to know and its payload does not hold. */
export interface PendingTick extends Tick {
  /** See `VenueTick.venueNumber`. */
  readonly venueNumber?: number;
  /** Learns the outcome of the tick; absent where nobody waits for it. */
  readonly receipt?: Receipt;
}

/** Exactly one of the two is called, once. */
export interface Receipt {
  /**
   * The tick is in Redis, at `position`; undefined: it is there, but Redis' answer was lost, and the position with it.
   * A tick that was conflated into a later one has that one's position.
   */
  published(position: Position | undefined): void;
  /** It will not be tried again. It was not published, or Redis did not say whether it was. */
  abandoned(): void;
}

/** Notifies the receipts of `ticks` that they are published. @param positions in the order of `ticks` */
export function notifyPublished(
  ticks: readonly PendingTick[],
  positions: () => readonly Position[] | undefined,
): void {
  let known: readonly Position[] | undefined;
  for (let i = 0; i < ticks.length; i++) {
    const receipt = ticks[i]?.receipt;
    if (receipt === undefined) continue;
    known ??= positions() ?? [];
    receipt.published(known[i]);
  }
}

/** The venue's number of each symbol's newest tick; undefined where the venue numbers none of them. */
export function venueNumbersOf(ticks: readonly PendingTick[]): ReadonlyMap<StockSymbol, number> | undefined {
  let numbers: Map<StockSymbol, number> | undefined;
  for (const { symbol, venueNumber } of ticks) {
    if (venueNumber === undefined) continue;
    numbers ??= new Map();
    numbers.set(symbol, Math.max(venueNumber, numbers.get(symbol) ?? 0));
  }
  return numbers;
}

/** What the newer of two conflated ticks takes over from the older. */
export function takenOver(
  older: PendingTick,
  newer: PendingTick,
): Pick<PendingTick, 'venueNumber' | 'receipt'> {
  const venueNumber = newer.venueNumber ?? older.venueNumber;
  const receipt = receiptOfBoth(older.receipt, newer.receipt);
  return { ...(venueNumber !== undefined && { venueNumber }), ...(receipt !== undefined && { receipt }) };
}

function receiptOfBoth(older: Receipt | undefined, newer: Receipt | undefined): Receipt | undefined {
  if (older === undefined || newer === undefined) return newer ?? older;
  return {
    published(position) {
      older.published(position);
      newer.published(position);
    },
    abandoned() {
      older.abandoned();
      newer.abandoned();
    },
  };
}
