import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { story } from '#hub/fixtures.ts';
import { type ListeningHub, PlainClient, startHub } from '#hub/socket-fixtures.ts';
import type { HubMessage, UnsubscribedMessage } from '#protocol/messages.ts';
import { jwtAuthenticator, tokenWith } from './fixtures.ts';

interface Scene extends ListeningHub {
  readonly client: PlainClient;
  /** Shows a token with these rights; resolves when it is accepted. */
  entitle(tickwire: object): Promise<void>;
}

/** A client with these rights. */
async function open(t: TestContext, tickwire: object): Promise<Scene> {
  const scene = await startHub({}, ['AAPL', 'TSLA', 'US.IBM'], undefined, jwtAuthenticator());
  t.after(() => scene.hub.stop());
  const client = await PlainClient.connect(scene.url);
  let id = 1000;
  const entitle = async (rights: object): Promise<void> => {
    client.send({ type: 'authenticate', token: await tokenWith({ tickwire: rights }), id: ++id });
    await client.awaits((message) => message.type === 'authenticated' && message.id === id);
  };
  await entitle(tickwire);
  return { ...scene, client, entitle };
}

const answerTo =
  (id: number) =>
  (message: HubMessage): boolean =>
    message.type === 'subscribed' && message.id === id;

function hasUpdate(symbol: string, seq: number): (message: HubMessage) => boolean {
  return (message) => message.type === 'price_update' && message.data[symbol]?.seq === seq;
}

test('symbols beyond the token are rejected, whether they exist or not', async (t) => {
  const { client, hub } = await open(t, { symbols: ['AAPL', 'US.*'] });
  client.send({ type: 'subscribe', symbols: ['AAPL', 'US.IBM', 'TSLA', 'NONE', 'US.NONE', '!'], id: 1 });
  const answer = await client.awaits(answerTo(1));
  assert.ok(answer.type === 'subscribed');
  assert.deepEqual(Object.keys(answer.symbols), ['AAPL', 'US.IBM']);
  assert.deepEqual(
    answer.rejected?.map(({ symbol, code }) => `${symbol} ${code}`),
    ['TSLA not_entitled', 'NONE not_entitled', 'US.NONE unknown_symbol', '! invalid_symbol'],
  );
  assert.equal(hub.counts.subscriptions, 2);
});

test('nothing of a symbol beyond the token is replayed', async (t) => {
  const { client, publish } = await open(t, { symbols: ['AAPL'] });
  const [first] = await publish('TSLA', 1, 2, 3);
  const since = { TSLA: `${first?.epoch}-0` };
  client.send({ type: 'subscribe', symbols: ['TSLA'], id: 1, since });
  const answer = await client.awaits(answerTo(1));
  await publish('TSLA', 4);
  client.send({ type: 'ping' });
  await client.awaits(({ type }) => type === 'pong');
  assert.ok(answer.type === 'subscribed');
  assert.deepEqual(answer.symbols, {});
  assert.deepEqual(story(client.received, 'TSLA'), []);
});

test('a wish for more than the token allows is served at the frequency that it allows', async (t) => {
  const { client, publish } = await open(t, { frequency_min: 200 });
  const [first] = await publish('AAPL', 1, 2, 3);
  client.send({ type: 'subscribe', symbols: ['AAPL'], id: 1, since: { AAPL: `${first?.epoch}-0` } });
  client.send({ type: 'subscribe', symbols: ['TSLA'], id: 2, frequency: 5000 });
  const [fast, slow] = [await client.awaits(answerTo(1)), await client.awaits(answerTo(2))];
  assert.deepEqual(
    [fast, slow].map((answer) => 'frequency' in answer && answer.frequency),
    [250, 5000],
  );
  await client.awaits(hasUpdate('AAPL', 2));
  assert.deepEqual(story(client.received), [[1, 2]], 'a replay is conflated as well');
});

test('a right that went away with a new token unsubscribes, and says why', async (t) => {
  const { client, entitle, publish, hub } = await open(t, {});
  client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA'], id: 1 });
  await client.awaits(answerTo(1));
  await publish('TSLA', 1);
  await client.awaits(hasUpdate('TSLA', 0));
  client.forget();
  await entitle({ symbols: ['AAPL'] });
  const taken = await client.awaits(
    (message): message is UnsubscribedMessage => message.type === 'unsubscribed',
  );
  assert.deepEqual(taken, { type: 'unsubscribed', symbols: ['TSLA'], reason: 'not_entitled' });
  assert.equal(hub.counts.subscriptions, 1);
  await publish('TSLA', 2);
  await publish('AAPL', 1);
  await client.awaits(hasUpdate('AAPL', 0));
  assert.deepEqual(story(client.received, 'TSLA'), []);
  await entitle({});
  client.send({ type: 'subscribe', symbols: ['TSLA'], id: 2 });
  await client.awaits(hasUpdate('TSLA', 1));
});

test('a lower frequency of a new token moves what is held, without a gap', async (t) => {
  const { client, entitle, publish } = await open(t, {});
  await publish('AAPL', 1);
  client.send({ type: 'subscribe', symbols: ['AAPL'], id: 1 });
  client.send({ type: 'subscribe', symbols: ['TSLA'], id: 2, frequency: 500 });
  await client.awaits(answerTo(2));
  await publish('AAPL', 2);
  await client.awaits(hasUpdate('AAPL', 1));
  await publish('AAPL', 3); // may be on its way when the token comes
  await entitle({ frequency_min: 250 });
  const moved = await client.awaits((message) => message.type === 'subscribed' && message.id === undefined);
  assert.ok(moved.type === 'subscribed');
  assert.deepEqual([Object.keys(moved.symbols), moved.frequency], [['AAPL'], 250]);
  assert.equal(moved.symbols.AAPL?.recovered, true);
  for (let price = 4; price <= 8; price++) await publish('AAPL', price);
  await client.awaits(hasUpdate('AAPL', 7));
  let held = -1;
  for (const entry of story(client.received)) {
    assert.ok(typeof entry !== 'string', 'there is no reset');
    assert.ok(entry[0] <= held + 1, `${entry} joins on to ${held}`);
    held = Math.max(held, entry[1]);
  }
  assert.equal(held, 7);
});
