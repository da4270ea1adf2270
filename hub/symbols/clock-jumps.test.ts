import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { PlainClient, startHub } from '#hub/socket-fixtures.ts';
import { until } from '#test/harness/redis/until.ts';

const twoHoursMs = 7_200_000;

/** A hub whose wall clock the test sets; what lasts goes on as ever. */
async function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: 10 * twoHoursMs });
  const { hub, url, publish } = await startHub({ messagesPerSecond: 5, lingerMs: 50, sweepMs: 10 });
  t.after(() => hub.stop());
  const client = await PlainClient.connect(url);
  return { hub, client, publish, setBack: () => t.mock.timers.setTime(9 * twoHoursMs) };
}

test('a wall clock that is set back takes no client its message rate', async (t) => {
  const { client, setBack } = await start(t);
  client.send({ type: 'ping', id: 1 });
  await client.awaits((message) => message.type === 'pong' && message.id === 1);
  setBack();
  client.send({ type: 'ping', id: 2 });
  await client.awaits((message) => (message.type === 'pong' || message.type === 'error') && message.id === 2);
  assert.deepEqual(
    client.received.filter(({ type }) => type === 'error'),
    [],
  );
});

test('a wall clock that is set back holds up no frequency class', async (t) => {
  const { client, publish, setBack } = await start(t);
  client.send({ type: 'subscribe', symbols: ['AAPL'], frequency: 100 });
  await client.awaits((message) => message.type === 'subscribed');
  for (const price of [1, 2]) {
    await publish('AAPL', price);
    await client.awaits((message) => message.type === 'price_update' && message.data.AAPL?.price === price);
    setBack();
  }
});

test('a wall clock that is set back keeps no symbol that nobody wants any more', async (t) => {
  const { hub, client, setBack } = await start(t);
  client.send({ type: 'subscribe', symbols: ['AAPL'] });
  await client.awaits((message) => message.type === 'subscribed');
  assert.equal(hub.symbols, 1);
  client.send({ type: 'unsubscribe', symbols: ['AAPL'] });
  await client.awaits((message) => message.type === 'unsubscribed');
  setBack();
  await until('it is let go of', () => hub.symbols === 0);
});
