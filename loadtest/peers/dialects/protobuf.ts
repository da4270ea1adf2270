/** A field whose value is bytes, text or a message: wire type 2 of Protocol Buffers. */
export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((field << 3) | 2), varint(value.length), value]);
}

/** A field whose value is a whole number below 2^31: wire type 0. */
export function numberField(field: number, value: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(field << 3), varint(value)]);
}

/** A message as it stands in a stream of them: its length, then itself. */
export function delimited(message: Uint8Array): Uint8Array {
  return Buffer.concat([varint(message.length), message]);
}

/** A whole number from 0 on as Protocol Buffers write it: seven bits a byte, the lowest first. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.of(...bytes, rest);
}

/** Reads one message after the other without making anything: where it is, and what it has just read. */
export class ProtobufCursor {
  /** Where the next tag or value begins. */
  at = 0;
  /** Of the field that `next` came to. */
  field = 0;
  /** Number of the field; for bytes, how many there are, from `at` on. */
  value = 0;
  /** Whether the field's value is bytes. */
  isBytes = false;

  /** Goes to the next field of the message that ends at `end`; its bytes are not stepped over. False at the end. */
  next(bytes: Buffer, end: number): boolean {
    if (this.at >= end) return false;
    const tag = this.number(bytes, end);
    this.field = tag >>> 3;
    this.isBytes = (tag & 7) === 2;
    if (!this.isBytes && (tag & 7) !== 0) return false; // no other kind is in these messages
    this.value = this.number(bytes, end);
    return !this.isBytes || this.at + this.value <= end;
  }

  number(bytes: Buffer, end: number): number {
    let value = 0;
    let scale = 1;
    while (this.at < end) {
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return value;
  }
}
