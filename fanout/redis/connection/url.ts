import type { RedisAddress } from './connection.ts';

/** What the text of TICKWIRE_REDIS_URL says. */
export interface RedisUrl {
  readonly nodes: readonly RedisAddress[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

/** Of a sentinel or a server alike; whoever wants another port writes it. */
const defaultPort = 6379;

/**
 * Reads `redis://user:password@host:port/database`, or several with commas between; user, password,
 * database and scheme are those of the first, the others may be just `host:port`. `rediss:` is TLS.
 * Undefined when the text is not of that form. Does not throw.
 */
export function parseRedisUrl(text: string): RedisUrl | undefined {
  const urls = text.split(',').map((part) => parseOne(part.trim()));
  const first = urls[0];
  if (first === undefined || !urls.every((url) => url !== undefined)) return undefined;
  const database = /^\/?(\d{0,4})$/.exec(first.pathname);
  if (database === null) return undefined;
  return {
    nodes: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? defaultPort : Number(port),
    })),
    tls: first.protocol === 'rediss:',
    ...(first.username !== '' && { username: decodeURIComponent(first.username) }),
    ...(first.password !== '' && { password: decodeURIComponent(first.password) }),
    database: Number(database[1]),
  };
}

function parseOne(text: string): URL | undefined {
  const withScheme = text.includes('://') ? text : `redis://${text}`;
  if (!URL.canParse(withScheme)) return undefined;
  const url = new URL(withScheme);
  const isOurs = ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
  return isOurs && isDecodable(url.username) && isDecodable(url.password) ? url : undefined;
}

/** A URL lets escapes through that stand for no text, like `%zz` and `%ff`. */
function isDecodable(escaped: string): boolean {
  try {
    decodeURIComponent(escaped);
    return true;
  } catch {
    return false; // expected: the text is a person's
  }
}
