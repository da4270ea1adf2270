import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { endOfReply } from './subscribe/resp.ts';

/** For tests: a server that speaks Redis' protocol and answers what it is told, e.g. as an old version would. */
export interface FakeRedis {
  readonly port: number;
  close(): void;
}

/** @param answers command in capitals → its answer as RESP; others are unknown to it, as Redis says it */
export async function startFakeRedis(answers: Readonly<Record<string, string>>): Promise<FakeRedis> {
  const server = createServer((socket) => {
    let waiting = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      for (let end = endOfReply(waiting, 0); end > 0; end = endOfReply(waiting, 0)) {
        const [, , command = ''] = waiting.toString('latin1', 0, end).split('\r\n');
        socket.write(answers[command.toUpperCase()] ?? `-ERR unknown command '${command}'\r\n`);
        waiting = waiting.subarray(end);
      }
    });
    sockets.add(socket);
  });
  const sockets = new Set<{ destroy(): void }>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A text as RESP writes it. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
