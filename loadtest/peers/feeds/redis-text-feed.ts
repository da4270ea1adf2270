import { Redis } from 'ioredis';
import { serveFeed } from './feed-orders.ts';

/** Publishes each update as JSON on the Redis channel of its symbol. */
serveFeed(async (url) => {
  const redis = new Redis(url);
  return (updates) => {
    const pipeline = redis.pipeline();
    for (const update of updates) pipeline.publish(update.symbol, JSON.stringify(update));
    return pipeline.exec();
  };
});
