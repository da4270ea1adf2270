/** The first byte of a server's frame: final, and its opcode (RFC 6455, section 5.2). */
export const frameStart = { text: 0x81, binary: 0x82, ping: 0x89, pong: 0x8a } as const;

/** A server's frame around a copy of `payload`; it is not masked. */
export function frameOf(start: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = start;
  if (headerBytes === 2) frame[1] = length;
  else if (headerBytes === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(payload, headerBytes);
  return frame;
}
