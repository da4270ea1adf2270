import { Command } from 'ioredis';
import type { RedisClient } from './connection.ts';

export type ScriptArgument = string | number | Buffer;

/** What a reply's bulk strings are to become: strings, or the bytes of them in a Buffer each. */
export type ReplyForm = 'text' | 'bytes';

/**
 * Sends a command with many text arguments and some binary ones. ioredis makes a Buffer of each argument
 * as soon as one of them is binary: 2.2 µs per tick of a batch, of which this leaves 0.8.
 * @returns Redis' reply, not yet parsed
 */
export async function sendCommand(
  client: RedisClient,
  name: string,
  args: readonly ScriptArgument[],
  form: ReplyForm = 'text',
): Promise<unknown> {
  const command = new Command(name, [...args], { replyEncoding: form === 'text' ? 'utf8' : null });
  const bytes = encodeCommand(name, args);
  command.toWritable = () => bytes;
  return client.sendCommand(command);
}

/** A command as Redis reads it (https://redis.io/docs/latest/develop/reference/protocol-spec/#arrays). */
export function encodeCommand(name: string, args: readonly ScriptArgument[]): Buffer {
  const parts: Buffer[] = [];
  let text = `*${args.length + 1}\r\n${bulk(name)}`;
  for (const arg of args) {
    if (!Buffer.isBuffer(arg)) {
      text += bulk(String(arg));
      continue;
    }
    parts.push(Buffer.from(`${text}$${arg.length}\r\n`), arg);
    text = '\r\n';
  }
  return Buffer.concat([...parts, Buffer.from(text)]);
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
