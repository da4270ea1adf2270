import { Command } from 'ioredis';
import { FanoutError } from '#fanout/ports.ts';
import { unixMsSchema, z } from '#runtime/schema.ts';
import type { RedisClient } from './connection/connection.ts';
import { encodeCommand } from './script-command.ts';

/**
 * Unix ms of the clock of the server that has `key`. In a cluster ioredis would ask any server for the time, as the
 * command names no key; it is shown a command that does.
 * @throws FanoutError `refused` when the answer is no time; Error of the client
 */
export async function serverTime(client: RedisClient, key: string): Promise<number> {
  const command = new Command('get', [key], { replyEncoding: 'utf8' });
  const bytes = encodeCommand('time', []);
  command.toWritable = () => bytes;
  const reply: unknown = await client.sendCommand(command);
  const [seconds, microseconds] = Array.isArray(reply) ? reply.map(Number) : [];
  const now = (seconds ?? Number.NaN) * 1000 + Math.floor((microseconds ?? Number.NaN) / 1000);
  if (!isUnixMs(now)) throw new FanoutError('refused', 'Redis answered no time');
  return now;
}

/** Unix ms without a fraction, as Redis is told and tells them. */
export const wholeUnixMsSchema: z.ZodType<number> = unixMsSchema.pipe(z.number().int());

/** Whether `value` is a time that can be compared, added to and shown, whoever wrote it. */
export function isUnixMs(value: unknown): value is number {
  return wholeUnixMsSchema.safeParse(value).success;
}
