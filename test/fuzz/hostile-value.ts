/** A value of a hostile message, as each wire format has it. Maps may hold a key twice, or keys that are no text. */
export type HostileValue = null | boolean | number | string | readonly HostileValue[] | HostileMap | Verbatim;

export interface HostileMap {
  readonly pairs: readonly (readonly [HostileValue, HostileValue])[];
}

/** What no JavaScript value stands for: a timestamp, a number of 64 bits, a length that lies. */
export interface Verbatim {
  readonly json: string;
  readonly msgpack: readonly number[];
}

/** As JSON, more or less: what is verbatim may be none. */
export function hostileJson(value: HostileValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('json' in value) return value.json;
  if ('pairs' in value) {
    const pairs = value.pairs.map(([key, item]) => `${jsonKey(key)}:${hostileJson(item)}`);
    return `{${pairs.join(',')}}`;
  }
  return `[${value.map(hostileJson).join(',')}]`;
}

/** As MessagePack, more or less; written by hand, as no encoder writes what is wrong. */
export function hostileMsgpack(value: HostileValue): number[] {
  const bytes: number[] = [];
  write(bytes, value);
  return bytes;
}

function jsonKey(key: HostileValue): string {
  return typeof key === 'string' ? JSON.stringify(key) : JSON.stringify(hostileJson(key));
}

function write(bytes: number[], value: HostileValue): void {
  if (value === null) bytes.push(0xc0);
  else if (typeof value === 'boolean') bytes.push(value ? 0xc3 : 0xc2);
  else if (typeof value === 'number') writeNumber(bytes, value);
  else if (typeof value === 'string') writeText(bytes, value);
  else if ('msgpack' in value) append(bytes, value.msgpack);
  else if ('pairs' in value) {
    writeLength(bytes, value.pairs.length, 0x80, 0xde);
    for (const [key, item] of value.pairs) {
      write(bytes, key);
      write(bytes, item);
    }
  } else {
    writeLength(bytes, value.length, 0x90, 0xdc);
    for (const item of value) write(bytes, item);
  }
}

function writeNumber(bytes: number[], value: number): void {
  if (Number.isInteger(value) && value >= 0 && value < 128) {
    bytes.push(value);
    return;
  }
  const float = new DataView(new ArrayBuffer(8));
  float.setFloat64(0, value);
  bytes.push(0xcb);
  append(bytes, new Uint8Array(float.buffer));
}

function writeText(bytes: number[], text: string): void {
  const utf8 = Buffer.from(text);
  if (utf8.length < 32) bytes.push(0xa0 | utf8.length);
  else bytes.push(0xda, utf8.length >> 8, utf8.length & 0xff);
  append(bytes, utf8.length < 65_536 ? utf8 : utf8.subarray(0, utf8.length & 0xffff));
}

function writeLength(bytes: number[], length: number, short: number, long: number): void {
  if (length < 16) bytes.push(short | length);
  else bytes.push(long, length >> 8, length & 0xff);
}

function append(bytes: number[], more: Iterable<number>): void {
  for (const byte of more) bytes.push(byte);
}
