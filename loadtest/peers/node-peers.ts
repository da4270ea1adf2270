import { readFileSync } from 'node:fs';
import { type Child, startChild } from '#loadtest/bench/harness/children.ts';
import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';
import { type Settings, startHubProcess } from '#test/harness/processes.ts';
import type { FeedOrder } from './feeds/feed-orders.ts';
import type { Peer, Place, RunningPeer } from './peer.ts';
import type { ServerOrder } from './servers/server-order.ts';

const root = new URL('../../', import.meta.url);
const nothingMissing = (): undefined => undefined;

/** The hubs that are built from packages of npm, Tickwire first. */
export const nodePeers: readonly Peer[] = [
  {
    name: 'tickwire',
    about: 'one hub from Redis, MessagePack, as it comes',
    dialect: {
      module: import.meta.resolve('#loadtest/swarm/dialect/tickwire-dialect.ts'),
      options: { format: 'msgpack' },
    },
    missing: nothingMissing,
    version: () => versionAt('package.json'),
    start: (place) => startTickwire(place, {}),
  },
  {
    name: 'tickwire-node',
    about: "the same without uWebSockets.js: Node's own server and ws",
    dialect: {
      module: import.meta.resolve('#loadtest/swarm/dialect/tickwire-dialect.ts'),
      options: { format: 'msgpack' },
    },
    missing: nothingMissing,
    version: () => versionAt('package.json'),
    start: (place) => startTickwire(place, { LISTENER: 'node' }),
  },
  {
    name: 'uws',
    about: 'bare uWebSockets.js, a topic per symbol, published by a timer of its own: the ceiling',
    dialect: dialectOf('bare'),
    missing: nothingMissing,
    version: () => versionOf('uWebSockets.js'),
    start: startBare,
  },
  nodePeer({
    name: 'uws-redis',
    about: 'bare uWebSockets.js from Redis by ioredis, a channel and a topic per symbol',
    dialect: dialectOf('bare'),
    version: () => versionOf('uWebSockets.js'),
    server: 'bare-redis-server',
    feed: 'redis-frame-feed',
  }),
  nodePeer({
    name: 'ws',
    about: 'ws + ioredis, a channel per symbol, a loop over its sockets, JSON',
    dialect: dialectOf('ws'),
    version: () => versionOf('ws'),
    server: 'ws-server',
    feed: 'redis-text-feed',
  }),
  nodePeer({
    name: 'socket.io',
    about: 'Socket.IO with its Redis adapter, on ws, a room per symbol, JSON',
    dialect: dialectOf('socket-io'),
    version: () => versionOf('socket.io'),
    server: 'socket-io-server',
    feed: 'socket-io-feed',
  }),
  nodePeer({
    name: 'socket.io-uws',
    about: 'the same on uWebSockets.js',
    dialect: dialectOf('socket-io'),
    version: () => versionOf('socket.io'),
    server: 'socket-io-uws-server',
    feed: 'socket-io-feed',
  }),
];

/** A dialect of this folder. */
export function dialectOf(name: string): DialectName {
  return { module: new URL(`dialects/${name}-dialect.ts`, import.meta.url).href, options: {} };
}

/** A feed of this folder, in a process of its own, connected. */
export async function startFeed(name: string, url: string, symbols: number): Promise<Child> {
  const feed = startChild(new URL(`feeds/${name}.ts`, import.meta.url));
  await ask(feed, { order: 'connect', url, symbols });
  return feed;
}

/** What of a running peer a feed's process does. */
export function fedBy(feed: Child): Pick<RunningPeer, 'startFeed' | 'stopFeed'> {
  return {
    startFeed: async (updatesPerSecond) => void (await ask(feed, { order: 'start', updatesPerSecond })),
    stopFeed: () => ask<number>(feed, { order: 'stop' }),
  };
}

interface NodePeer extends Pick<Peer, 'name' | 'about' | 'dialect' | 'version'> {
  readonly server: string;
  readonly feed: string;
}

function nodePeer({ server, feed, ...described }: NodePeer): Peer {
  return {
    ...described,
    missing: nothingMissing,
    async start(place) {
      const child = startChild(new URL(`servers/${server}.ts`, import.meta.url));
      const port = await listen(child, place);
      return withFeed(feed, place, { port, pid: child.pid, stop: () => child.stop() });
    },
  };
}

async function startTickwire(place: Place, settings: Settings): Promise<RunningPeer> {
  const feed = await startFeed('tickwire-feed', place.redisUrl, place.symbols);
  const { port, pid, end } = await startHubProcess({
    ...settings,
    REDIS_URL: place.redisUrl,
    LOG_LEVEL: 'warn',
  });
  return {
    port,
    pid,
    ...fedBy(feed),
    async stop() {
      await feed.stop();
      await end('SIGKILL');
    },
  };
}

async function startBare(place: Place): Promise<RunningPeer> {
  const child = startChild(new URL('servers/bare-server.ts', import.meta.url));
  const port = await listen(child, place);
  await ask(child, { order: 'connect', url: '', symbols: place.symbols });
  return { port, pid: child.pid, ...fedBy(child), stop: () => child.stop() };
}

async function withFeed(
  name: string,
  place: Place,
  server: Pick<RunningPeer, 'port' | 'pid' | 'stop'>,
): Promise<RunningPeer> {
  const feed = await startFeed(name, place.redisUrl, place.symbols);
  return {
    ...server,
    ...fedBy(feed),
    async stop() {
      await feed.stop();
      await server.stop();
    },
  };
}

function listen(child: Child, { redisUrl }: Place): Promise<number> {
  const order: ServerOrder = { order: 'listen', redisUrl };
  return child.ask<number>(order);
}

function ask<Answer>(feed: Child, order: FeedOrder): Promise<Answer> {
  return feed.ask<Answer>(order);
}

function versionOf(name: string): string {
  return versionAt(`node_modules/${name}/package.json`);
}

function versionAt(path: string): string {
  return (JSON.parse(readFileSync(new URL(path, root), 'utf8')) as { version: string }).version;
}
