import { FanoutError, type Leases } from '#fanout/ports.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { leaseKey } from '#fanout/redis/keys.ts';
import { createScript } from '#fanout/redis/script.ts';

// The hash outlives the lease, because the next token has to be later than its token. Tokens are times,
// so that they go on rising even when a failover has lost the hash.
const acquireScript = createScript(`
local lease = redis.call('HMGET', KEYS[1], 'holder', 'token', 'until')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = lease[3] and tonumber(lease[3]) > now
if held and lease[1] ~= ARGV[1] then return '' end
local token = lease[2]
if not held then token = string.format('%.0f', math.max((tonumber(lease[2]) or 0) + 1, now)) end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'token', token, 'until', string.format('%.0f', now + ARGV[2]))
return token
`);

const releaseScript = createScript(`
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', 0) end
`);

/** Leadership, kept in Redis by Redis' clock. */
export function createRedisLeases(commands: Commands): Leases {
  return {
    async acquire(source, holder, ttlMs) {
      const reply = await commands.run((client) =>
        acquireScript.run(client, [leaseKey(source)], [holder, ttlMs]),
      );
      return parseToken(reply);
    },
    async release(source, holder) {
      await commands.run((client) => releaseScript.run(client, [leaseKey(source)], [holder]));
    },
  };
}

function parseToken(reply: unknown): number | undefined {
  if (reply === '') return undefined;
  const token = Number(reply);
  if (!Number.isSafeInteger(token)) throw new FanoutError('refused', 'Redis answered no fencing token');
  return token;
}
