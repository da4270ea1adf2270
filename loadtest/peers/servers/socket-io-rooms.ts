import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import type { Server, ServerOptions } from 'socket.io';

/** Without compression, which is Socket.IO's default, and without the long polling that no client here uses. */
export const socketIoOptions: Partial<ServerOptions> = {
  transports: ['websocket'],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
};

/** Redis behind it, and a room per symbol. */
export function serveRooms(io: Server, redisUrl: string): void {
  const publisher = new Redis(redisUrl);
  io.adapter(createAdapter(publisher, publisher.duplicate()));
  io.on('connection', (socket) => {
    socket.on('subscribe', async (symbols: string[], done: () => void) => {
      await socket.join(symbols);
      done();
    });
  });
  // "The reference to the first HTTP request can be discarded": socket.io/docs/v4/memory-usage
  io.engine.on('connection', (raw: { request: unknown }) => {
    raw.request = null;
  });
}
