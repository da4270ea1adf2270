import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { WebSocketConstructor } from '#client/mod.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { freePort } from './harness/redis/free-ports.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene, symbolNames } from './harness/scene.ts';

const symbols = symbolNames(20);
const rate = 400;
const clientsCount = 24;
const drainMs = 2000;

/** One socket of a client: when it first brought a message, and when it was closed. */
interface Life {
  readonly client: string;
  heardAt: number;
  closedAt: number;
}

/** The constructor for one client, whose sockets are noted in `lives`. */
function watchedSocket(client: string, lives: Life[]): WebSocketConstructor {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      const life: Life = { client, heardAt: Number.POSITIVE_INFINITY, closedAt: Number.POSITIVE_INFINITY };
      lives.push(life);
      this.once('message', () => (life.heardAt = performance.now()));
      this.once('close', () => (life.closedAt = performance.now()));
    }
  };
}

async function sockets(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_sockets');
}

/** Clients of the SDK in both formats, some with conflated updates. */
async function startClients(scene: Scene, url: string, lives: Life[]): Promise<void> {
  for (let i = 0; i < clientsCount; i++) {
    const name = `sdk ${i}`;
    const format = i % 2 === 0 ? 'json' : 'msgpack';
    const frequency = i % 4 === 3 ? 100 : 0;
    const connect = { format, webSocket: watchedSocket(name, lives) } as const;
    scene.useSdk(url, name, { symbols, frequency, connect });
  }
  await until('all have begun', () => scene.selfChecking.every(({ updates }) => updates > symbols.length));
}

async function restartAll(hubs: HubProcess[], start: () => Promise<HubProcess>): Promise<void> {
  for (const leaving of [...hubs]) {
    const next = await start();
    const exit = leaving.end('SIGTERM');
    await until('all are elsewhere', async () => (await held([...hubs, next], leaving)) === clientsCount);
    assert.equal(await exit, 0);
    hubs.splice(hubs.indexOf(leaving), 1, next);
  }
}

async function held(hubs: readonly HubProcess[], without: HubProcess): Promise<number> {
  const counts = await Promise.all(hubs.filter((hub) => hub !== without).map(sockets));
  return counts.reduce((sum, count) => sum + count, 0);
}

test('a rolling restart of all hubs under load: each client hears the new hub before it leaves the old one, and misses nothing', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate });
  await publisher.burst(symbols.length);
  publisher.start();
  const shared = { PORT: await freePort(), SHARE_PORT: 1, DRAIN_MS: drainMs };
  const start = (): Promise<HubProcess> => scene.startHub(shared);
  const hubs = [await start(), await start()];
  const lives: Life[] = [];
  await startClients(scene, `ws://127.0.0.1:${shared.PORT}/ws`, lives);
  for (const client of scene.selfChecking) client.forgetSilence();

  await restartAll(hubs, start);

  await scene.advance(symbols, 5);
  await scene.finish();
  for (const { resets, name } of scene.selfChecking) assert.equal(resets, 0, name);
  assert.ok(lives.length > clientsCount, 'clients have moved');
  for (const { name } of scene.selfChecking) {
    const own = lives.filter(({ client }) => client === name);
    for (const [i, old] of own.slice(0, -1).entries())
      assert.ok((own[i + 1]?.heardAt ?? 0) < old.closedAt, `${name} left before it heard the next hub`);
  }
  const silences = scene.selfChecking.map(({ longestSilenceMs }) => Math.round(longestSilenceMs));
  t.diagnostic(`longest silence of each client, ms: ${silences.sort((a, b) => a - b).join(' ')}`);
});
