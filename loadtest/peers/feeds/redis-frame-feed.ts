import { Redis } from 'ioredis';
import { tickwireFrame } from '#loadtest/peers/update.ts';
import { serveFeed } from './feed-orders.ts';

/** Publishes each update, encoded as Tickwire's MessagePack frame, on the Redis channel of its symbol. */
serveFeed(async (url) => {
  const redis = new Redis(url);
  return (updates) => {
    const pipeline = redis.pipeline();
    for (const update of updates) pipeline.publish(update.symbol, Buffer.from(tickwireFrame(update)));
    return pipeline.exec();
  };
});
