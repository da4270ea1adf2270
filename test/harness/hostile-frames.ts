import { encodeMsgpack } from '#protocol/msgpack.ts';

/** Numbers from 0 to 1. */
type Random = () => number;

const requests: readonly object[] = [
  { type: 'subscribe', symbols: ['S0', 'S1'], id: 7, frequency: 100, since: { S0: '1731000000000-41' } },
  { type: 'unsubscribe', symbols: ['S0'], id: 8 },
  { type: 'ping', id: 9 },
];

/** The opening of a WebSocket connection; one in five is broken somewhere. */
export function openingRequest(random: Random): Buffer {
  const lines = [
    'GET /ws HTTP/1.1',
    'Host: hub',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: tickwire.${random() < 0.5 ? 'json' : 'msgpack'}.v1`,
  ];
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  return random() < 0.2 ? mutated(random, bytes) : bytes;
}

/**
 * A client's WebSocket frame (RFC 6455, section 5.2), more or less: any opcode, any flags, a payload that
 * was a request once, and sometimes a length that is not the payload's.
 */
export function frame(random: Random): Buffer {
  const payload = mutated(random, requestBytes(random));
  const opcode = random() < 0.7 ? 1 + Math.floor(random() * 2) : Math.floor(random() * 16);
  const flags = random() < 0.9 ? 0x80 : Math.floor(random() * 16) << 4;
  const masked = random() < 0.95 ? 0x80 : 0;
  const mask = Buffer.from(Array.from({ length: 4 }, () => Math.floor(random() * 256)));
  const body =
    masked === 0 ? payload : Buffer.concat([mask, payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0))]);
  return Buffer.concat([Buffer.of(flags | opcode), lengthBytes(random, masked, payload.length), body]);
}

/** One in twenty lies, up to lengths that no machine can hold. */
function lengthBytes(random: Random, masked: number, length: number): Buffer {
  if (random() < 0.05) {
    const bytes = Buffer.alloc(9, 0xff);
    bytes[0] = masked | 127;
    bytes.writeBigUInt64BE(BigInt(Math.floor(2 ** (random() * 62))), 1);
    return bytes;
  }
  if (length < 126) return Buffer.of(masked | length);
  return Buffer.of(masked | 126, length >> 8, length & 0xff);
}

function requestBytes(random: Random): Buffer {
  const request = requests[Math.floor(random() * requests.length)] ?? {};
  return Buffer.from(random() < 0.5 ? JSON.stringify(request) : encodeMsgpack(request));
}

/** With up to three bytes changed, and one in four cut off somewhere. */
function mutated(random: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const changes = Math.floor(random() * 4);
  for (let i = 0; i < changes; i++)
    changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
  return random() < 0.25 ? changed.subarray(0, Math.floor(random() * changed.length)) : changed;
}
