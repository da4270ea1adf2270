import type { Redis } from 'ioredis';

/** A server that can be asked. */
export type AskedServer = Pick<Redis, 'call' | 'script' | 'sendCommand'>;

/** A server, and how a person reaches it. */
export interface NamedServer {
  /** `host:port` */
  readonly address: string;
  /** What `redis-cli` is called with to reach it, user and password aside. */
  readonly cli: string;
  readonly server: AskedServer;
}

/** What one Redis server says of itself. */
export interface RedisFacts extends Omit<NamedServer, 'server'> {
  /** Fields of INFO. */
  readonly info: ReadonlyMap<string, string>;
  /** Of CONFIG GET; undefined where that is refused, by the user's rights or by who runs Redis for others. */
  readonly settings: ReadonlyMap<string, string> | undefined;
}

/** Those that Tickwire cares for and INFO does not tell. */
const settingNames = ['client-output-buffer-limit', 'stream-node-max-bytes', 'save', 'appendonly'] as const;

/** @throws Error of the client when INFO is refused, or not answered in time */
export async function readFacts({ address, cli, server }: NamedServer): Promise<RedisFacts> {
  const info = parseInfo(String(await server.call('INFO')));
  const settings = await server
    .call('CONFIG', 'GET', ...settingNames)
    .then(parsePairs)
    .catch(() => undefined); // refused, which is no fault
  return { address, cli, info, settings };
}

function parseInfo(text: string): Map<string, string> {
  const fields = text.matchAll(/^([a-z0-9_]+):(.*?)\r?$/gm);
  return new Map([...fields].map(([, name = '', value = '']) => [name, value]));
}

function parsePairs(reply: unknown): Map<string, string> | undefined {
  if (!Array.isArray(reply) || reply.length === 0) return undefined;
  const texts = reply.map(String);
  return new Map(
    texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? ''] as const] : [])),
  );
}
