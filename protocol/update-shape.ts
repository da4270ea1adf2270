import { encodeMsgpack } from './msgpack.ts';
import { timestampLength } from './timestamp-bytes.ts';

/** Bits of what makes the MessagePack of one update differ from that of another in more than its values. */
export const shapeBits = {
  size: 1,
  bid: 2,
  ask: 4,
  volume: 8,
  halted: 16,
  suspect: 32,
  from: 64,
  high: 128,
  low: 256,
  largeSeq: 512,
  delayed: 1024,
} as const;

/** More than the largest sum of `shapeBits`. */
export const shapeBitsEnd = 2048;

/** The updates of one shape are written one after the other into the same bytes. */
export interface UpdateShape {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Offset of the symbol's first character. */
  readonly symbolAt: number;
  /** Offset of each field's value, behind its header; 0 for a field that the shape does not have. */
  readonly price: number;
  readonly timestamp: number;
  readonly seq: number;
  readonly size: number;
  readonly bid: number;
  readonly ask: number;
  readonly volume: number;
  readonly received: number;
  readonly from: number;
  readonly high: number;
  readonly low: number;
}

type Offsets = { -readonly [Field in keyof UpdateShape]: UpdateShape[Field] };
type Field = Exclude<keyof UpdateShape, 'bytes' | 'view' | 'symbolAt'>;

const yes = 0xc3;
const uint32 = 0xce;
const float64 = 0xcb;
const fixmap = 0x80;
const mapOfOne = fixmap | 1;

/** Writes everything that all updates of a shape have in common: names, and the headers of the values. */
export function createUpdateShape(bits: number, symbolLength: number): UpdateShape {
  const head = encodeMsgpack({ type: 'price_update', data: {} }).subarray(0, -1);
  const bytes: number[] = [...head, mapOfOne, ...encodeMsgpack('x'.repeat(symbolLength))];
  const offsets = noOffsets(bytes.length - symbolLength);
  const mapAt = bytes.push(fixmap) - 1;
  let fields = 0;
  const add = (name: string, ...header: readonly number[]): number => {
    fields++;
    bytes.push(...encodeMsgpack(name), ...header);
    return bytes.length;
  };
  const addValue = (name: Field, length: number, ...header: readonly number[]): void => {
    offsets[name] = add(name, ...header);
    for (let i = 0; i < length; i++) bytes.push(0);
  };
  const addNumber = (name: Field): void => addValue(name, 8, float64);
  const addSequence = (name: Field): void =>
    (bits & shapeBits.largeSeq) === 0 ? addValue(name, 4, uint32) : addNumber(name);

  addNumber('price');
  addValue('timestamp', timestampLength, 0xa0 | timestampLength);
  addSequence('seq');
  for (const name of ['size', 'bid', 'ask', 'volume'] as const)
    if ((bits & shapeBits[name]) !== 0) addNumber(name);
  for (const name of ['halted', 'suspect', 'delayed'] as const)
    if ((bits & shapeBits[name]) !== 0) add(name, yes);
  addNumber('received');
  if ((bits & shapeBits.from) !== 0) addSequence('from');
  for (const name of ['high', 'low'] as const) if ((bits & shapeBits[name]) !== 0) addNumber(name);

  bytes[mapAt] = fixmap | fields;
  offsets.bytes = Uint8Array.from(bytes);
  offsets.view = new DataView(offsets.bytes.buffer);
  return offsets;
}

function noOffsets(symbolAt: number): Offsets {
  const bytes = new Uint8Array(0);
  const view = new DataView(bytes.buffer);
  const numbers = { price: 0, timestamp: 0, seq: 0, size: 0, bid: 0, ask: 0, volume: 0, received: 0 };
  return { bytes, view, symbolAt, ...numbers, from: 0, high: 0, low: 0 };
}
