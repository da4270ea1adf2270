import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisClient } from './connection/connection.ts';
import { type ScriptArgument, sendScript } from './script-command.ts';

/** A Lua script that Redis runs as one atomic step. */
export interface Script {
  /**
   * @param keys all in one partition when `client` is a cluster
   * @returns Redis' reply, not yet parsed
   */
  run(client: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown>;
}

/** A script that only reads, for those who may run what adapters have loaded and nothing else. */
export interface LoadedScript {
  /**
   * @param keys all in one partition when `client` is a cluster
   * @returns Redis' reply with bulk strings as Buffers, not yet parsed; undefined when the server has not got the script
   */
  run(client: RedisClient, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown>;
  /** Has one server keep the script until it restarts; cheap to repeat. */
  load(server: Pick<Redis, 'script'>): Promise<void>;
}

/** A script of an adapter. Its digest is sent, and its text only to a Redis that has not seen it (or lost it). */
export function createScript(source: string): Script {
  const digest = digestOf(source);
  return {
    async run(client, keys, args) {
      try {
        return await sendScript(client, { name: 'evalsha', script: digest, keys, args, form: 'text' });
      } catch (error) {
        if (!isUnknown(error)) throw error;
        return await sendScript(client, { name: 'eval', script: source, keys, args, form: 'text' });
      }
    },
  };
}

/**
 * Whoever may run scripts of its own can hold Redis up for good, so hubs may not. The digest is of the text: whatever
 * somebody loads, a hub runs this or nothing.
 */
export function createLoadedScript(source: string): LoadedScript {
  const digest = digestOf(source);
  return {
    async run(client, keys, args) {
      try {
        return await sendScript(client, { name: 'evalsha_ro', script: digest, keys, args, form: 'bytes' });
      } catch (error) {
        if (!isUnknown(error)) throw error;
        return undefined;
      }
    },
    async load(server) {
      await server.script('LOAD', source);
    },
  };
}

function digestOf(source: string): string {
  return createHash('sha1').update(source).digest('hex');
}

function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
