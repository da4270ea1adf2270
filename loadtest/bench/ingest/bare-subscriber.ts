import { Redis } from 'ioredis';

/** A Redis subscriber with nothing around it: it counts what comes. Run as a child process. */
interface Start {
  readonly redisUrl: string;
  readonly channels: readonly string[];
}

let received = 0;

async function start({ redisUrl, channels }: Start): Promise<number> {
  const redis = new Redis(redisUrl);
  redis.on('messageBuffer', () => received++);
  return Number(await redis.subscribe(...channels));
}

process.on('message', async (message: Start | 'count') => {
  process.send?.(message === 'count' ? received : await start(message));
});
process.once('disconnect', () => process.exit(0)); // who holds the bench is gone
