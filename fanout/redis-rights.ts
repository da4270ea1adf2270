import { type Finding, fail, ok, unseen } from '#runtime/finding.ts';
import type { AskedServer } from './redis-facts.ts';

/** A process that has a user in docs/redis-users.acl. */
export type RedisRole = 'hub' | 'feed';

/** A command with arguments, as the ACL judges it. */
type Words = readonly string[];

/** The most arguments that a command of an ACL file needs beyond its first key or channel. */
const furtherMax = 4;

/**
 * Answers which of the commands (JSON) the user that asks may not run; runs none of them. Redis 7.0.
 * Redis 8 judges a command only with as many arguments as it takes (8.0.2: "Invalid command passed to
 * redis.acl_check_cmd()"), Redis 7 with any number; so the last argument is repeated until it is judged.
 */
const script = `
local function allowed(words)
  for further = 0, ${furtherMax} do
    local judged, answer = pcall(redis.acl_check_cmd, unpack(words))
    if judged then return answer end
    words[#words + 1] = words[#words]
  end
  return false
end
local refused = {}
for i, words in ipairs(cjson.decode(ARGV[1])) do
  if not allowed(words) then refused[#refused + 1] = i end
end
return refused`;

/**
 * Whether the user of `server`'s connection may do what the user of that role in an ACL file may.
 * @param rules text of docs/redis-users.acl: what stands there is all that a role needs
 */
export async function rightsFinding(server: AskedServer, role: RedisRole, rules: string): Promise<Finding> {
  const topic = `redis rights, ${role}`;
  const needed = neededBy(role, rules);
  const fix = `give it those of tickwire-${role} in docs/redis-users.acl (ACL SETUSER, or ACL LOAD after a change of the file)`;
  try {
    const refused = await server.call('EVAL_RO', script, '0', JSON.stringify(needed));
    const names = (Array.isArray(refused) ? refused : []).map((index) =>
      nameOf(needed[Number(index) - 1] ?? []),
    );
    if (names.length === 0) return ok(topic, `the user may do all ${needed.length} things that it needs`);
    return fail(topic, `the user may not: ${[...new Set(names)].join(', ')}`, fix);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (/^NOPERM/.test(problem)) return fail(topic, 'the user may not: eval_ro', fix);
    return unseen(
      topic,
      `can not see what the user may do: ${problem}`,
      'mend the other findings of Redis first',
    );
  }
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

/** `%R~tw:*` → `tw:doctor` */
function sampleOf(pattern: string): string {
  return pattern.replace(/^(%\w+)?[~&]/, '').replaceAll('*', 'doctor');
}

/** The fewest; only keys and channels are judged, other arguments are taken by no rule. */
function argumentsOf(command: string, key: string, channel: string): Words {
  if (['ping', 'info', 'time', 'cluster', 'asking', 'pubsub'].includes(command)) return [];
  if (command === 'select') return ['0'];
  if (/subscribe$|publish$/.test(command)) return [channel];
  if (/^(eval|fcall)/.test(command)) return ['return 1', '1', key];
  return [key];
}

function nameOf([command = '', second = '']: Words): string {
  return ['cluster', 'pubsub', 'xinfo'].includes(command) ? `${command}|${second}` : command;
}
