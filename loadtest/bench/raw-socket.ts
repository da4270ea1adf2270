import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { FrameCounter } from './frame-counter.ts';

export interface RawTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly subprotocol: string;
  /** First bytes of an update's payload. */
  readonly updatePrefix: Buffer;
}

/** A WebSocket client that only counts: as little work per frame as JavaScript can do. */
export class RawSocket {
  readonly counter: FrameCounter;
  readonly #socket: Socket;
  /** When the connect began, by `performance.now()`. */
  readonly startedAt: number;
  /** When the first update came, by the same clock; undefined before it. */
  firstUpdateAt: number | undefined;

  private constructor(socket: Socket, counter: FrameCounter, startedAt: number) {
    this.#socket = socket;
    this.startedAt = startedAt;
    this.counter = counter;
    socket.on('data', (data: Buffer) => this.#count(data));
  }

  /** Resolves when the upgrade is answered. */
  static open(target: RawTarget, timeoutMs = 10_000): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const socket = connect(target.port, target.host, () => socket.write(upgradeRequest(target)));
      const timer = setTimeout(
        () => socket.destroy(new Error(`no upgrade within ${timeoutMs} ms`)),
        timeoutMs,
      );
      socket.setNoDelay(true);
      socket.once('error', reject);
      let head = Buffer.alloc(0);
      const readHead = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        clearTimeout(timer);
        socket.off('data', readHead);
        socket.off('error', reject);
        if (!head.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101'))) {
          socket.destroy();
          reject(new Error(`the server refused: ${head.subarray(0, end).toString()}`));
          return;
        }
        const counter = new FrameCounter(target.updatePrefix);
        counter.push(head.subarray(end + 4));
        socket.on('error', () => socket.destroy()); // the count shows what is missing
        resolve(new RawSocket(socket, counter, startedAt));
      };
      socket.on('data', readHead);
    });
  }

  /** Sends one masked frame. */
  send(payload: string | Uint8Array): void {
    const bytes = Buffer.from(payload);
    const mask = randomBytes(4);
    const header = bytes.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
    header[0] = 0x80 | (typeof payload === 'string' ? 1 : 2);
    if (bytes.length < 126) header[1] = 0x80 | bytes.length;
    else {
      header[1] = 0x80 | 126;
      header.writeUInt16BE(bytes.length, 2);
    }
    for (let index = 0; index < bytes.length; index++)
      bytes[index] = (bytes[index] ?? 0) ^ (mask[index % 4] ?? 0);
    this.#socket.write(Buffer.concat([header, mask, bytes]));
  }

  close(): void {
    this.#socket.destroy();
  }

  #count(data: Buffer): void {
    this.counter.push(data);
    if (this.firstUpdateAt === undefined && this.counter.updates > 0) this.firstUpdateAt = performance.now();
  }
}

function upgradeRequest(target: RawTarget): string {
  return [
    `GET ${target.path} HTTP/1.1`,
    `Host: ${target.host}:${target.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(target.subprotocol === '' ? [] : [`Sec-WebSocket-Protocol: ${target.subprotocol}`]),
    '\r\n',
  ].join('\r\n');
}
