import { encodeMsgpack } from './msgpack.ts';
import { type Conflation, type PriceWindow, toPriceUpdate } from './price-update.ts';
import { type ToldTick, tickFlags } from './tick.ts';
import { hasPlainTimestamp, writeTimestamp } from './timestamp-bytes.ts';
import { createUpdateShape, shapeBits, shapeBitsEnd, type UpdateShape } from './update-shape.ts';

/**
 * By bits and length of the symbol; made when the first update of its shape comes. An adapter's ticks have a
 * handful of shapes.
 */
const shapes: (UpdateShape | undefined)[] = [];

/** Above it a sequence number is a double: a 64-bit integer is no number to JavaScript's readers. */
const uint32Max = 0xffffffff;

/**
 * The `price_update` of one tick as MessagePack. The bytes are good until the next call. Numbers are doubles
 * whatever their value, so that all frames of a shape have their values in the same places: 0.13 µs instead
 * of 1.5 µs for an encoder that looks at every field's name and value.
 */
export function msgpackUpdate(tick: ToldTick, seq: number, conflation?: Conflation): Uint8Array {
  const { symbol, venueTime } = tick;
  const told = conflation !== undefined && conflation.from !== seq ? conflation : undefined;
  if (!hasPlainTimestamp(venueTime))
    return encodeMsgpack({ type: 'price_update', data: { [symbol]: toPriceUpdate(tick, seq, told) } });
  const shape = shapeOf(
    bitsOf(tick, seq) | bitsOfWindow(told ?? tick) | (told === undefined ? 0 : shapeBits.from),
    symbol.length,
  );
  for (let i = 0; i < symbol.length; i++) shape.bytes[shape.symbolAt + i] = symbol.charCodeAt(i);
  writeTimestamp(shape.bytes, shape.timestamp, venueTime);
  writeTick(shape, tick, seq);
  if (told !== undefined) writeSequence(shape, shape.from, told.from, seq);
  writeWindow(shape, told ?? tick);
  return shape.bytes;
}

function shapeOf(bits: number, symbolLength: number): UpdateShape {
  const index = symbolLength * shapeBitsEnd + bits;
  const known = shapes[index];
  if (known !== undefined) return known;
  const shape = createUpdateShape(bits, symbolLength);
  shapes[index] = shape;
  return shape;
}

function bitsOf(tick: ToldTick, seq: number): number {
  let bits = seq > uint32Max ? shapeBits.largeSeq : 0;
  if (tick.size !== undefined) bits |= shapeBits.size;
  if (tick.bid !== undefined) bits |= shapeBits.bid;
  if (tick.ask !== undefined) bits |= shapeBits.ask;
  if (tick.volume !== undefined) bits |= shapeBits.volume;
  if ((tick.flags & tickFlags.halted) !== 0) bits |= shapeBits.halted;
  if ((tick.flags & tickFlags.suspect) !== 0) bits |= shapeBits.suspect;
  if ((tick.flags & tickFlags.delayed) !== 0) bits |= shapeBits.delayed;
  return bits;
}

function bitsOfWindow({ high, low }: PriceWindow): number {
  let bits = 0;
  if (high !== undefined && Number.isFinite(high)) bits |= shapeBits.high;
  if (low !== undefined && Number.isFinite(low)) bits |= shapeBits.low;
  return bits;
}

function writeTick(shape: UpdateShape, tick: ToldTick, seq: number): void {
  const { view } = shape;
  view.setFloat64(shape.price, tick.price);
  writeSequence(shape, shape.seq, seq, seq);
  if (tick.size !== undefined) view.setFloat64(shape.size, tick.size);
  if (tick.bid !== undefined) view.setFloat64(shape.bid, tick.bid);
  if (tick.ask !== undefined) view.setFloat64(shape.ask, tick.ask);
  if (tick.volume !== undefined) view.setFloat64(shape.volume, tick.volume);
  view.setFloat64(shape.received, tick.receivedAt);
}

function writeWindow(shape: UpdateShape, { high, low }: PriceWindow): void {
  if (shape.high !== 0) shape.view.setFloat64(shape.high, high ?? 0);
  if (shape.low !== 0) shape.view.setFloat64(shape.low, low ?? 0);
}

/** @param seq the update's own, which says how all of its sequence numbers are written */
function writeSequence({ view }: UpdateShape, at: number, value: number, seq: number): void {
  if (seq > uint32Max) view.setFloat64(at, value);
  else view.setUint32(at, value);
}
