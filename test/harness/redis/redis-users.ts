import { readFileSync } from 'node:fs';

/** Who a process of Tickwire is to Redis; `both` is for tests that publish and read in one process. */
export type RedisUser = 'hub' | 'feed' | 'both';

interface User {
  readonly name: string;
  readonly password: string;
  /** What it may do, as it stands in an ACL file. */
  readonly rules: string;
}

const users = new Map<string, User>(
  readFileSync(new URL('../../../docs/redis-users.acl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [, role = '', password = '', rules = ''] =
        /^user tickwire-(\w+) on >(\S+) (.*)$/.exec(line) ?? [];
      return [role, { name: `tickwire-${role}`, password, rules }];
    }),
);

/** Lines of redis.conf: the users of docs/redis-users.acl, and one that may do what any of them may. */
export function userLines(): string[] {
  const all = [...users.values()];
  const selectors = all.map(({ rules }) =>
    rules.replace(/^(.*?)( \(.*\))?$/, '($1)$2').replace('-@all resetchannels ', ''),
  );
  const both = `user tickwire-both on >${bothPassword} -@all resetchannels ${selectors.join(' ')}`;
  return [...all.map(({ name, password, rules }) => `user ${name} on >${password} ${rules}`), both];
}

const bothPassword = 'change-me-both';

/** `url` with the user's name and password; one that names a user already stays as it is. */
export function urlFor(user: RedisUser, url: string): string {
  if (url.includes('@')) return url;
  const { name, password } = users.get(user) ?? { name: 'tickwire-both', password: bothPassword };
  return url.replace('://', `://${name}:${password}@`);
}
