import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextRound } from 'node:timers/promises';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import type { Fanout } from '#fanout/ports.ts';
import { story } from '#hub/fixtures.ts';
import type { HubLimits } from '#hub/hub-limits.ts';
import { type ListeningHub, PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { closeCodes } from '#protocol/close-codes.ts';

/** One client that subscribes and unsubscribes without end; whole processes under it are in `test/churn.test.ts`. */
const symbols = ['AAPL', ...Array.from({ length: 20 }, (_, i) => `S${i}`)];

interface Watched extends ListeningHub {
  /** What the hub asked of the live feed. */
  readonly asked: { subscribed: number; unsubscribed: number };
}

async function start(t: TestContext, limits: Partial<HubLimits>): Promise<Watched> {
  const memory = createMemoryFanout({ now: Date.now }, { replayEntriesMax: 100 });
  const asked = { subscribed: 0, unsubscribed: 0 };
  const live: Fanout['live'] = {
    ...memory.live,
    subscribe(some) {
      asked.subscribed += some.length;
      return memory.live.subscribe(some);
    },
    unsubscribe(some) {
      asked.unsubscribed += some.length;
      memory.live.unsubscribe(some);
    },
  };
  const listening = await startHub(limits, symbols, { ...memory, live });
  t.after(() => listening.hub.stop());
  return { ...listening, asked };
}

const requestsPerRound = 20;

/** Asks for one symbol after the other and lets go of it, so many times, as fast as that is answered. */
async function churn(client: PlainClient, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < requestsPerRound; i++) {
      client.send({ type: 'subscribe', symbols: [`S${i}`] });
      client.send({ type: 'unsubscribe', symbols: [`S${i}`] });
    }
    client.send({ type: 'ping', id: round });
    client.send({ type: 'unsubscribe', symbols: ['S0'], id: round });
    await client.awaits((message) => message.type === 'unsubscribed' && message.id === round);
    client.forget();
  }
}

test('100 requests each for 20 symbols subscribe each of them once at the fanout, and leave nothing behind', async (t) => {
  const { hub, url, asked } = await start(t, { messagesPerSecond: 10_000, lingerMs: 60_000 });
  const client = await PlainClient.connect(url);
  await churn(client, 100);
  assert.deepEqual(asked, { subscribed: 20, unsubscribed: 0 });
  assert.deepEqual([hub.symbols, hub.counts.subscriptions], [20, 0]);
});

test('what nobody wants any more is let go of, once for each symbol', async (t) => {
  const { hub, url, asked } = await start(t, { messagesPerSecond: 10_000, lingerMs: 300, sweepMs: 10 });
  const client = await PlainClient.connect(url);
  await churn(client, 10);
  const { subscribed } = asked;
  while (hub.symbols > 0) await nextRound();
  assert.deepEqual(asked, { subscribed, unsubscribed: subscribed });
});

test('a client that churns far above the message rate is refused, closed with the reason, and noticed by nobody', async (t) => {
  const { hub, url, publish } = await start(t, { messagesPerSecond: 20 });
  const innocent = await PlainClient.connect(url);
  innocent.send({ type: 'subscribe', symbols: ['AAPL'] });
  await innocent.awaits((message) => message.type === 'subscribed');
  await publish('AAPL', 0);
  const client = await PlainClient.connect(url);
  const startedAt = performance.now();
  let sent = 0;
  while (client.closedWith === undefined) {
    const due = ((performance.now() - startedAt) * 100_000) / 60_000;
    for (; sent < due; sent++)
      client.send({ type: sent % 2 === 0 ? 'subscribe' : 'unsubscribe', symbols: ['S1'] });
    await nextRound();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  assert.equal(client.closedWith, closeCodes.rate_abuse);
  assert.ok(client.received.some((message) => message.type === 'error' && message.code === 'rate_limited'));
  const served = client.received.filter(({ type }) => type === 'subscribed' || type === 'unsubscribed');
  assert.ok(served.length <= 20 * (2 + seconds) + 1, `${served.length} of ${sent} in ${seconds} s`);
  await publish('AAPL', 1);
  await innocent.until(() => story(innocent.received).length >= 3);
  assert.deepEqual(story(innocent.received), ['begins', [0, 0], [1, 1]]);
  assert.equal(hub.counts.subscriptions, 1);
});
