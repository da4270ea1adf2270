import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jwtAuthenticator, tokenWith } from '#hub/auth/fixtures.ts';
import { PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { codecs } from '#protocol/codec.ts';
import type { HubMessage, PriceUpdate } from '#protocol/messages.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { Scene } from './harness/scene.ts';

/** A minute of delay in this test; ms. */
const minuteMs = 1500;
const symbol = 'AAPL';

/** Its updates, with when they came. */
function updatesOf(client: PlainClient): readonly PriceUpdate[] {
  return client.received.flatMap((message) =>
    message.type === 'price_update' ? (message.data[symbol] ?? []) : [],
  );
}

test('over Redis delayed clients get every update, in order and never before its time, beside others who get it at once', async (t) => {
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher([symbol], { rate: 200 });
  await publisher.burst(50);
  publisher.start();
  const hub = await startHub({ delayMinuteMs: minuteMs }, [symbol], scene.fanout, jwtAuthenticator());
  t.after(() => hub.hub.stop());
  const tooYoung: string[] = [];
  const judge = (message: HubMessage): void => {
    if (message.type !== 'price_update') return;
    const { received = 0, seq } = message.data[symbol] ?? assert.fail();
    const age = Date.now() - received;
    if (age < minuteMs) tooYoung.push(`${seq} after ${age} ms`);
  };
  /** More than are sent to directly, so that they are on topics. */
  const connectAll = (tickwire: object, watcher?: typeof judge): Promise<PlainClient[]> =>
    Promise.all(
      Array.from({ length: 6 }, async () => {
        const token = await tokenWith({ tickwire });
        const offered = `${codecs.json.subprotocol},tickwire.token.${token}`;
        const client = await PlainClient.connect(hub.url, 'json', offered);
        if (watcher !== undefined) client.watch(watcher);
        client.send({ type: 'subscribe', symbols: [symbol], id: 1 });
        return client;
      }),
    );
  const late = await connectAll({ delayed_minutes: 1 }, judge);
  const prompt = await connectAll({});
  await scene.advance([symbol], 800);
  await publisher.stop();
  const last = scene.last.get(symbol)?.seq ?? assert.fail();
  for (const client of [...late, ...prompt]) {
    await client.until(() => updatesOf(client).at(-1)?.seq === last);
    const updates = updatesOf(client).filter(({ snapshot }) => !snapshot);
    const first = updates[0]?.seq ?? assert.fail();
    assert.ok(updates.length > 300, `${updates.length} updates`);
    assert.deepEqual(
      updates.map(({ seq }) => seq),
      updates.map((_, i) => first + i),
    );
  }
  for (const client of late) assert.ok(updatesOf(client).every(({ delayed }) => delayed));
  for (const client of prompt) assert.ok(updatesOf(client).every(({ delayed }) => delayed === undefined));
  assert.deepEqual(tooYoung, []);
});
