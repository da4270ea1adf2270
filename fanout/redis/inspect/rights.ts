import { Command } from 'ioredis';
import { encodeCommand } from '#fanout/redis/script-command.ts';
import { type Finding, fail, ok, unseen } from '#runtime/finding.ts';
import type { AskedServer } from './facts.ts';

/** A process that has a user in docs/redis-users.acl. */
export type RedisRole = 'hub' | 'feed';

/** A command with arguments, as the ACL judges it. */
type Words = readonly string[];

/** The most arguments that a command of an ACL file takes beyond its first key or channel. */
const furtherMax = 4;

/**
 * Whether the user of `server`'s connection may do what the user of that role in an ACL file may. Each command is queued
 * in a transaction that is then discarded: Redis judges a command by the user's rights before it queues it, and does
 * none of them (https://redis.io/docs/latest/develop/interact/transactions/).
 * @param rules text of docs/redis-users.acl: what stands there is all that a role needs
 */
export async function rightsFinding(server: AskedServer, role: RedisRole, rules: string): Promise<Finding> {
  const topic = `redis rights, ${role}`;
  const needed = neededBy(role, rules);
  const fix = `give it those of tickwire-${role} in docs/redis-users.acl (ACL SETUSER, or ACL LOAD after a change of the file)`;
  try {
    await ask(server, ['multi']);
    const judged = needed.filter(([command]) => command !== 'multi' && command !== 'discard');
    const refused = await Promise.all(judged.map((words) => isRefused(server, words)));
    await ask(server, ['discard']);
    const names = judged.filter((_, index) => refused[index]).map(nameOf);
    if (names.length === 0) return ok(topic, `the user may do all ${needed.length} things that it needs`);
    return fail(topic, `the user may not: ${[...new Set(names)].join(', ')}`, fix);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const [, command] = /^NOPERM.*'(multi|discard)'/i.exec(problem) ?? [];
    if (command !== undefined) return fail(topic, `the user may not: ${command}`, fix);
    return unseen(
      topic,
      `can not see what the user may do: ${problem}`,
      'mend the other findings of Redis first',
    );
  }
}

/** A command with too few arguments is not judged, so the last one is repeated until it is. */
async function isRefused(server: AskedServer, words: Words, further = 0): Promise<boolean> {
  try {
    await ask(server, words);
    return false;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (/wrong number of arguments/i.test(problem) && further < furtherMax)
      return isRefused(server, [...words, words.at(-1) ?? ''], further + 1);
    return /^NOPERM|unknown (sub)?command/i.test(problem);
  }
}

/** ioredis takes the command for a PING: it would take the connection for a subscriber's after SUBSCRIBE. */
async function ask(server: AskedServer, [name = '', ...args]: Words): Promise<void> {
  const command = new Command('ping', [], { replyEncoding: 'utf8' });
  const bytes = encodeCommand(name, args);
  command.toWritable = () => bytes;
  await server.sendCommand(command);
}

/** What the role's line lets it do, each with a key or channel that it may have. */
function neededBy(role: RedisRole, rules: string): Words[] {
  const [, line = ''] = new RegExp(`^user tickwire-${role} \\S+ \\S+ (.*)$`, 'm').exec(rules) ?? [];
  // Rights within parentheses are a selector: commands with keys and channels of their own.
  const groups = [line.replaceAll(/\([^)]*\)/g, ''), ...line.matchAll(/\(([^)]*)\)/g)].map((group) =>
    typeof group === 'string' ? group : (group[1] ?? ''),
  );
  return groups.flatMap((group) => wordsOf(group.split(/\s+/)));
}

function wordsOf(tokens: readonly string[]): Words[] {
  const keys = tokens.filter((token) => /^(%\w+)?~/.test(token));
  const key = sampleOf(keys.find((token) => token.startsWith('~')) ?? keys[0] ?? '~tw:*');
  const channel = sampleOf(tokens.find((token) => token.startsWith('&')) ?? '&tw:*');
  const names = tokens.filter((token) => /^\+[a-z]/.test(token)).map((token) => token.slice(1).split('|'));
  return names.map((name) => [...name, ...argumentsOf(name[0] ?? '', key, channel)]);
}

/** `%R~tw:{[0-9]*}:*` → `tw:{0doctor}:doctor` */
function sampleOf(pattern: string): string {
  return pattern
    .replace(/^(%\w+)?[~&]/, '')
    .replaceAll('[0-9]', '0')
    .replaceAll('*', 'doctor');
}

/** The fewest; only keys and channels are judged, other arguments are taken by no rule. */
function argumentsOf(command: string, key: string, channel: string): Words {
  if (['ping', 'info', 'time', 'cluster', 'asking', 'pubsub', 'script'].includes(command)) return [];
  if (command === 'select') return ['0'];
  if (/subscribe$|publish$/.test(command)) return [channel];
  if (/^eval/.test(command)) return ['return 1', '1', key];
  return [key];
}

function nameOf([command = '', second = '']: Words): string {
  return ['cluster', 'pubsub', 'script', 'xinfo'].includes(command) ? `${command}|${second}` : command;
}
