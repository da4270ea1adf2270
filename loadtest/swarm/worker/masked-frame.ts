import { randomBytes } from 'node:crypto';

/** Kinds of WebSocket frames that the swarm sends or reads (RFC 6455, 5.2). */
export const opcodes = { text: 1, binary: 2, close: 8, pong: 10 } as const;

/** One whole frame of a client (RFC 6455, 5.2 and 5.3): its payload is masked. At most 65,535 bytes. */
export function maskedFrame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  if (length > 65_535) throw new RangeError(`a frame of ${length} bytes: subscribe to fewer symbols at once`);
  const header = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(header + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (length < 126 ? length : 126);
  if (header === 4) frame.writeUInt16BE(length, 2);
  const mask = randomBytes(4);
  mask.copy(frame, header);
  for (let at = 0; at < length; at++)
    frame[header + 4 + at] = (payload[at] as number) ^ (mask[at & 3] as number);
  return frame;
}
