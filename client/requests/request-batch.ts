import type { ClientFrame, Codec } from '#protocol/codec.ts';
import type { ClientMessage } from '#protocol/messages.ts';
import { formatPosition, type Position } from '#protocol/position.ts';

/** Symbols to be asked for, or let go, in one message. */
export interface Batch {
  /** As `frequency` on the wire; undefined: the symbols are let go. */
  readonly frequency: number | undefined;
  readonly symbols: readonly string[];
}

/** A batch as it goes out; `symbols` are those that fit in. */
export interface FittedBatch extends Batch {
  readonly id: number;
  readonly frame: ClientFrame;
  /** The positions that were sent along. */
  readonly since: ReadonlyMap<string, Position>;
}

/** What says how long a request is, and where each symbol is resumed from. */
export interface FitDeps {
  readonly codec: Codec;
  readonly sinceOf: (symbol: string) => Position | undefined;
}

/** As much of the batch as fits into `bytesMax`, which is one symbol at least: a hub that takes none is no hub. */
export function fitBatch(batch: Batch, id: number, bytesMax: number, deps: FitDeps): FittedBatch {
  const since = batch.frequency === undefined ? new Map() : positionsOf(batch.symbols, deps);
  const frame = deps.codec.encodeForClient(messageOf(batch, id, since));
  if (byteLength(frame) <= bytesMax || batch.symbols.length === 1) return { ...batch, id, since, frame };
  const half = batch.symbols.slice(0, Math.floor(batch.symbols.length / 2));
  return fitBatch({ ...batch, symbols: half }, id, bytesMax, deps);
}

function positionsOf(symbols: readonly string[], { sinceOf }: FitDeps): ReadonlyMap<string, Position> {
  const positions = new Map<string, Position>();
  for (const symbol of symbols) {
    const position = sinceOf(symbol);
    if (position !== undefined) positions.set(symbol, position);
  }
  return positions;
}

function messageOf(
  { frequency, symbols }: Batch,
  id: number,
  since: ReadonlyMap<string, Position>,
): ClientMessage {
  if (frequency === undefined) return { type: 'unsubscribe', symbols, id };
  const positions = [...since].map(([symbol, position]) => [symbol, formatPosition(position)] as const);
  return {
    type: 'subscribe',
    symbols,
    id,
    ...(frequency > 0 && { frequency }),
    ...(since.size > 0 && { since: Object.fromEntries(positions) }),
  };
}

/** A frame's length on the wire: it has symbols, digits and field names only: in JSON each character is one byte. */
export function byteLength(frame: ClientFrame): number {
  return typeof frame === 'string' ? frame.length : frame.byteLength;
}
