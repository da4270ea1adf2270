import { createHash } from 'node:crypto';
import type { RedisClient } from './connection.ts';
import { type ReplyForm, type ScriptArgument, type ScriptCall, sendScript } from './script-command.ts';

/** A Lua script that Redis runs as one atomic step. */
export interface Script {
  /**
   * @param keys all in one partition when `client` is a cluster
   * @returns Redis' reply, not yet parsed
   */
  run(client: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown>;
}

/** A script that writes. */
export function createScript(source: string): Script {
  return scriptOf(source, 'text', { byDigest: 'evalsha', byText: 'eval' });
}

/** A script that only reads: Redis lets users run it that may not write, and refuses it if it does. */
export function createReadingScript(source: string, form: ReplyForm = 'text'): Script {
  return scriptOf(source, form, { byDigest: 'evalsha_ro', byText: 'eval_ro' });
}

/** Sends the digest of the script, and its text only to a Redis that has not seen it (or lost it). */
function scriptOf(
  source: string,
  form: ReplyForm,
  { byDigest, byText }: { readonly byDigest: ScriptCall['name']; readonly byText: ScriptCall['name'] },
): Script {
  const digest = createHash('sha1').update(source).digest('hex');
  return {
    async run(client, keys, args) {
      try {
        return await sendScript(client, { name: byDigest, script: digest, keys, args, form });
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return await sendScript(client, { name: byText, script: source, keys, args, form });
      }
    },
  };
}
