import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '#test/harness/redis/free-ports.ts';
import { until } from '#test/harness/redis/until.ts';
import { dialectOf, fedBy, startFeed } from './node-peers.ts';
import type { Peer, RunningPeer } from './peer.ts';

const startTimeoutMs = 15_000;

/** What any set-up needs: clients without tokens may connect and subscribe, whoever is on loopback may publish. */
const open = {
  client: { allow_anonymous_connect_without_token: true },
  channel: { without_namespace: { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true } },
  http_api: { insecure: true },
  health: { enabled: true },
  log: { level: 'error' },
};

/** Smaller buffers, and a pool of them: "can reduce memory usage", centrifugal.dev/docs/transports/websocket. */
const tuned = { websocket: { read_buffer_size: 512, write_buffer_size: 512, use_write_buffer_pool: true } };

/**
 * Centrifugo with its engine in memory, which is its fastest, fed through its HTTP API.
 * @param binary where its server is; undefined when the user named none
 */
export function centrifugoPeers(binary: string | undefined): readonly Peer[] {
  const peer = (name: string, about: string, dialect: string, feed: string, config: object): Peer => ({
    name,
    about,
    dialect: dialectOf(dialect),
    missing: () => missing(binary),
    version: () => versionOf(binary ?? ''),
    start: ({ symbols }) => start(binary ?? '', { ...open, ...config }, feed, symbols),
  });
  return [
    peer('centrifugo', 'as it comes: JSON', 'centrifugo-json', 'centrifugo-text-feed', {}),
    peer(
      'centrifugo-tuned',
      'Protobuf protocol, MessagePack inside, small pooled buffers',
      'centrifugo-protobuf',
      'centrifugo-binary-feed',
      tuned,
    ),
  ];
}

function missing(binary: string | undefined): string | undefined {
  const how =
    'get the server from centrifugal.dev/docs/getting-started/installation and name it: CENTRIFUGO_BIN=/path/to/centrifugo';
  if (binary === undefined || binary === '') return how;
  try {
    accessSync(binary, constants.X_OK);
    return undefined;
  } catch {
    return `CENTRIFUGO_BIN=${binary} is no program that can be run; ${how}`;
  }
}

/** `Centrifugo v6.9.1 (Go version: go1.26.8)` → `6.9.1`; a build without a version calls itself 0.0.0. */
function versionOf(binary: string): string {
  const { stdout } = spawnSync(binary, ['version'], { encoding: 'utf8', timeout: startTimeoutMs });
  return /v(\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1] ?? 'unknown';
}

async function start(
  binary: string,
  config: object,
  feedName: string,
  symbols: number,
): Promise<RunningPeer> {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-centrifugo-'));
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ ...config, http_server: { address: '127.0.0.1', port } }));
  const server = spawn(binary, ['-c', file], { stdio: ['ignore', 'inherit', 'inherit'] });
  const killWithUs = (): void => void server.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(server, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await until(
    `${binary} answers on port ${port}`,
    async () => (await fetch(`${url}/health`, { signal: AbortSignal.timeout(1000) })).ok,
    startTimeoutMs,
  );
  const feed = await startFeed(feedName, url, symbols);
  return {
    port,
    pid: server.pid ?? -1,
    ...fedBy(feed),
    async stop() {
      await feed.stop();
      server.kill('SIGKILL');
      await exited;
      process.off('exit', killWithUs);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
