import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { serveFeed } from './feed-orders.ts';

/** A second Socket.IO node without sockets: it emits to rooms, and its adapter hands that on through Redis. */
serveFeed(async (url) => {
  const publisher = new Redis(url);
  const io = new Server({ adapter: createAdapter(publisher, publisher.duplicate()) });
  return async (updates) => {
    for (const update of updates) io.to(update.symbol).emit('update', update);
    await publisher.ping(); // answered after all that was published before it: what waits is bounded
  };
});
