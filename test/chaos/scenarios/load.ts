import type { RawUser } from '#test/chaos/raw-user.ts';
import type { Scenario } from '#test/chaos/scenario.ts';
import { TcpProxy } from '#test/chaos/tcp-proxy.ts';
import type { TestCluster } from '#test/chaos/test-cluster.ts';
import { lasts } from '#test/chaos/timed.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import { until } from '#test/harness/redis/until.ts';

/** Of 240 clients: one in twenty reads slowly, one in a hundred not at all. */
const slowReaders = 12;
const deadReaders = 3;
const slowMs = 45_000;
const narrowBytesPerSecond = 16_000;
/** Each of them may have `SOCKET_BUFFER_BYTES` waiting, and a frame; the rest is what a heap does by itself. */
const grownMiBMax = 16;
/** Some MB for each of them, which this process has to read and to judge. */
const backlogTimeoutMs = 60_000;
const rollingStallMs = 250;

/** What a fleet goes through without any fault. */
export const loadScenarios: readonly Scenario[] = [
  {
    name: 'slow-readers',
    fault:
      '5 % of the clients have a line of 16 KB/s, 1 % do not read at all; each of them holds the whole market',
    remark:
      "On the loopback the kernel's buffers take 4 to 9 MB, half a minute at this rate, before a hub notices a slow reader.",
    redis: 'standalone',
    testCluster: {
      ...{ ticksPerSecond: 2000, symbolsPerUser: 1, wholeMarketUsers: slowReaders + deadReaders },
      hubSettings: { SOCKET_BUFFER_BYTES: 16_384, SLOW_PATIENCE_MS: 2000 },
    },
    async run(trial) {
      const { testCluster } = trial;
      const wholeMarket = testCluster.clients.raw.slice(0, slowReaders + deadReaders);
      const others = testCluster.clients.users.filter((user) => !wholeMarket.includes(user as RawUser));
      const [slow, dead] = [wholeMarket.slice(0, slowReaders), wholeMarket.slice(slowReaders)];
      const [narrow, silent] = [await openLine(testCluster), await openLine(testCluster)];
      narrow.proxy.impair({ kind: 'throttle', bytesPerSecond: narrowBytesPerSecond });
      const bytesBefore = testCluster.hubBytes();
      trial.fault();
      await Promise.all([moveAll(slow, narrow.url), moveAll(dead, silent.url)]);
      const before = wholeMarket.map(timesTold);
      const stops = dead.map((user) => user.stopReading());
      silent.proxy.impair({ kind: 'black_hole' });
      await lasts(slowMs);
      const worst = trial.longestStallMs(others);
      const told = others.reduce((sum, user) => sum + user.resets, 0);
      const grownMiB = (testCluster.hubBytes() - bytesBefore) / 1_048_576;
      const closed = await slowDisconnects(testCluster);
      for (const stop of stops) stop();
      for (const { proxy } of [narrow, silent]) proxy.impair({ kind: 'none' });
      await testCluster.allLive(backlogTimeoutMs); // they read what the kernel has for them, and what follows it
      const noticed = wholeMarket.filter((user, i) => timesTold(user) > (before[i] ?? 0)).length;
      await moveAll(wholeMarket, testCluster.balancer.url);
      for (const { proxy } of [narrow, silent]) await proxy.close();
      trial.promiseWithin('longest stall of the clients that read', worst, 500);
      trial.promise('none of those was told of a loss', `${told} resets`, told === 0);
      const answer = `${noticed} of ${wholeMarket.length}; hubs closed ${closed} sockets`;
      trial.promise('each slow reader is told, or closed', answer, noticed === wholeMarket.length);
      const grown = `${grownMiB.toFixed(1)} MiB`;
      trial.promise(`the largest hub grows by ≤ ${grownMiBMax} MiB`, grown, grownMiB <= grownMiBMax);
    },
  },
  {
    name: 'hubs-rolling-restart',
    fault: 'rolling restart of three hubs; SDK clients open the new socket before they leave the old one',
    redis: 'standalone',
    testCluster: { hubs: 3 },
    async run(trial) {
      const { testCluster } = trial;
      const resets = testCluster.clients.users.reduce((sum, user) => sum + user.resets, 0);
      trial.fault();
      for (const place of testCluster.hubs) {
        await place.process.end('SIGTERM');
        await testCluster.startHub(place);
      }
      await testCluster.allLive(20_000);
      const { raw, sdk } = testCluster.clients;
      trial.promiseWithin('longest stall of SDK clients', trial.longestStallMs(sdk), rollingStallMs);
      trial.promiseWithin('longest stall of raw clients, which close first', trial.longestStallMs(raw), 2000);
      const told = testCluster.clients.users.reduce((sum, user) => sum + user.resets, 0) - resets;
      trial.promise('nobody was told of a loss', `${told} resets`, told === 0);
    },
  },
];

/** A line to the hubs, in turn, for each who comes that way. */
async function openLine({ hubs }: TestCluster): Promise<{ readonly proxy: TcpProxy; readonly url: string }> {
  let turn = 0;
  const proxy = await TcpProxy.open(() => hubs[turn++ % hubs.length]?.process.port);
  return { proxy, url: `ws://127.0.0.1:${proxy.port}/ws` };
}

/** Each of them connects anew, that way. */
async function moveAll(users: readonly RawUser[], url: string): Promise<void> {
  const before = users.map(({ connections }) => connections);
  for (const user of users) user.moveTo(url);
  await until('they have moved', () => users.every(({ connections }, i) => connections > (before[i] ?? 0)));
}

/** How often a client could know that it did not get every update: a reset, a `from`, or its connection closed. */
function timesTold({ resets, covering, connections }: RawUser): number {
  return resets + covering + connections;
}

async function slowDisconnects({ hubs }: TestCluster): Promise<number> {
  const pages = await Promise.all(hubs.map(({ process }) => readMetrics(process)));
  return pages.reduce((sum, page) => sum + page.value('tickwire_hub_slow_disconnects_total'), 0);
}
