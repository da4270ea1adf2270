import { createHash } from 'node:crypto';
import type { RedisClient } from './connection.ts';
import { type ReplyForm, type ScriptArgument, sendScript } from './script-command.ts';

/** A Lua script that Redis runs as one atomic step. */
export interface Script {
  /**
   * @param keys all in one partition when `client` is a cluster
   * @returns Redis' reply, not yet parsed
   */
  run(client: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown>;
}

/** Sends the digest of the script, and its text only to a Redis that has not seen it (or lost it). */
export function createScript(source: string, form: ReplyForm = 'text'): Script {
  const digest = createHash('sha1').update(source).digest('hex');
  return {
    async run(client, keys, args) {
      try {
        return await sendScript(client, { name: 'evalsha', script: digest, keys, args, form });
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await sendScript(client, { name: 'eval', script: source, keys, args, form });
      }
    },
  };
}
