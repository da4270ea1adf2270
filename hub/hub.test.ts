import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { closeCodes } from '#protocol/close-codes.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { until } from '#test/harness/redis/until.ts';
import { story } from './fixtures.ts';
import { type ListeningHub, PlainClient, startHub } from './socket-fixtures.ts';

const is =
  <Type extends HubMessage['type']>(type: Type) =>
  (message: HubMessage): message is Extract<HubMessage, { type: Type }> =>
    message.type === type;

const lastSeq = (client: PlainClient, symbol = 'AAPL'): number => {
  const last = story(client.received, symbol).at(-1);
  return typeof last === 'object' ? last[1] : -1;
};

describe('hub', () => {
  const hubs: ListeningHub[] = [];
  const started = async (...options: Parameters<typeof startHub>): Promise<ListeningHub> => {
    const hub = await startHub(...options);
    hubs.push(hub);
    return hub;
  };
  after(() => {
    for (const { hub } of hubs) hub.stop();
  });

  test('a client is welcomed with its limits in the subprotocol that it offered', async () => {
    const { url } = await started();
    const json = await PlainClient.connect(url, 'json', '');
    assert.equal(json.subprotocol, '');
    assert.equal((await json.awaits(is('welcome'))).limits.symbols, 1024);
    const msgpack = await PlainClient.connect(url, 'msgpack');
    assert.equal(msgpack.subprotocol, 'tickwire.msgpack.v1');
    assert.equal((await msgpack.awaits(is('welcome'))).node, 'test-node');
  });

  test('a subscription is answered by positions, then the last prices, then every update', async () => {
    const { url, publish } = await started();
    await publish('AAPL', 1, 2, 3);
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA'], id: 'a' });
    const subscribed = await client.awaits(is('subscribed'));
    assert.equal(subscribed.id, 'a');
    assert.match(subscribed.symbols.AAPL?.position ?? '', /-2$/);
    assert.deepEqual(subscribed.symbols.TSLA, {});
    await publish('AAPL', 4, 5);
    await client.until(() => lastSeq(client) === 4);
    assert.deepEqual(story(client.received), [
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  test('the very first update of a symbol begins its history, and no loss is told', async () => {
    const { url, publish } = await started();
    const client = await PlainClient.connect(url, 'msgpack');
    client.send({ type: 'subscribe', symbols: ['TSLA'], frequency: 100 });
    const answer = await client.awaits(is('subscribed'));
    assert.deepEqual(answer.symbols, { TSLA: {} });
    await publish('TSLA', 7);
    await client.until(() => lastSeq(client, 'TSLA') === 0);
    await publish('TSLA', 8);
    await client.until(() => lastSeq(client, 'TSLA') === 1);
    assert.deepEqual(story(client.received, 'TSLA'), ['begins', [0, 0], [1, 1]]);
    const told = client.received.filter(is('subscribed')).at(-1);
    assert.match(told?.symbols.TSLA?.position ?? '', /^\d+-0$/);
    assert.deepEqual([told?.id, told?.frequency], [undefined, 100]);
  });

  test('a bad symbol does not fail the good one beside it', async () => {
    const { url } = await started();
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['XYZ', 'AAPL', 'A*', '__proto__', 7, 'a\u0000b'], id: 7 });
    const { symbols, rejected } = await client.awaits(is('subscribed'));
    assert.deepEqual(Object.keys(symbols), ['AAPL']);
    const codes = rejected?.map(({ symbol, code }) => [symbol, code]);
    assert.deepEqual(codes, [
      ['XYZ', 'unknown_symbol'],
      ['A*', 'invalid_symbol'],
      ['__proto__', 'invalid_symbol'],
      ['7', 'invalid_symbol'],
      ['a\u0000b', 'invalid_symbol'],
    ]);
    const error = await client.awaits(is('error'));
    assert.deepEqual(error, {
      type: 'error',
      code: 'unknown_symbol',
      message: 'Invalid stock symbol: XYZ',
      symbol: 'XYZ',
      id: 7,
    });
  });

  test('who resumes gets exactly what it missed, then live', async () => {
    const { url, publish } = await started();
    const [first] = await publish('AAPL', 0, 1, 2, 3, 4, 5);
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL'], since: { AAPL: `${first?.epoch}-1` } });
    assert.equal((await client.awaits(is('subscribed'))).symbols.AAPL?.recovered, true);
    await publish('AAPL', 6);
    await client.until(() => lastSeq(client) === 6);
    assert.deepEqual(
      story(client.received),
      [2, 3, 4, 5, 6].map((seq) => [seq, seq]),
    );
  });

  test('a resume from beyond the memory of the hub is read from the history', async () => {
    const { url, publish } = await started({ feedEntriesMax: 4, pageEntriesMax: 10 });
    const [first] = await publish('AAPL', ...Array.from({ length: 100 }, (_, index) => index + 1));
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL'], since: { AAPL: `${first?.epoch}-9` } });
    await client.until(() => lastSeq(client) === 99);
    assert.deepEqual(
      story(client.received),
      Array.from({ length: 90 }, (_, index) => [index + 10, index + 10]),
    );
  });

  for (const [name, since, reason] of [
    ['another epoch', (epoch: number) => `${epoch - 1}-3`, 'epoch_changed'],
    ['the future', (epoch: number) => `${epoch}-999`, 'history_unavailable'],
  ] as const)
    test(`a position of ${name} gets a reset and a snapshot`, async () => {
      const { url, publish } = await started();
      const [position] = await publish('AAPL', 1);
      const client = await PlainClient.connect(url);
      client.send({ type: 'subscribe', symbols: ['AAPL'], since: { AAPL: since(position?.epoch ?? 0) } });
      assert.equal((await client.awaits(is('subscribed'))).symbols.AAPL?.recovered, false);
      await client.until(() => lastSeq(client) === 0);
      assert.deepEqual(story(client.received), [reason, [0, 0]]);
    });

  test('a position past the retention gets a reset with history_trimmed', async () => {
    const { url, publish } = await started({ feedEntriesMax: 4 });
    let epoch = 0;
    for (let batch = 0; batch < 5; batch++)
      epoch = (await publish('AAPL', ...Array.from({ length: 500 }, () => 5)))[0]?.epoch ?? 0;
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL'], since: { AAPL: `${epoch}-3` } });
    await client.until(() => lastSeq(client) === 2499);
    assert.deepEqual(story(client.received), ['history_trimmed', [2499, 2499]]);
  });

  test('a nonsense position rejects its symbol alone', async () => {
    const { url } = await started();
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA'], since: { AAPL: 'yesterday' } });
    const { symbols, rejected } = await client.awaits(is('subscribed'));
    assert.deepEqual(Object.keys(symbols), ['TSLA']);
    assert.equal(rejected?.[0]?.code, 'invalid_position');
  });

  test('a frequency is rounded up and the answer says to what', async () => {
    const { url, publish } = await started();
    await publish('AAPL', 1);
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL'], frequency: 90 });
    assert.equal((await client.awaits(is('subscribed'))).frequency, 100);
    await publish('AAPL', 2, 9, 4);
    await client.until(() => lastSeq(client) === 3);
    assert.deepEqual(story(client.received), [
      [0, 0],
      [1, 3],
    ]);
  });

  test('subscribing again moves a symbol to the new frequency and sends its price anew', async () => {
    const { url, hub, publish } = await started();
    await publish('AAPL', 1);
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL', 'AAPL'], frequency: 60_000, id: 1 });
    client.send({ type: 'subscribe', symbols: ['AAPL'], id: 2 });
    await client.awaits((message) => message.type === 'subscribed' && message.id === 2);
    await publish('AAPL', 2);
    await client.until(() => lastSeq(client) === 1);
    assert.deepEqual(story(client.received), [
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
    assert.equal(hub.counts.subscriptions, 1);
  });

  test('after unsubscribe nothing more comes, and unsubscribing what is not subscribed is an error', async () => {
    const { url, hub, publish } = await started();
    await publish('AAPL', 1);
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA'] });
    client.send({ type: 'unsubscribe', symbols: ['AAPL', 'MSFT'], id: 3 });
    assert.deepEqual((await client.awaits(is('unsubscribed'))).symbols, ['AAPL']);
    assert.equal((await client.awaits(is('error'))).code, 'not_subscribed');
    client.forget();
    await publish('AAPL', 2);
    await publish('TSLA', 2);
    await client.until(() => lastSeq(client, 'TSLA') === 0);
    assert.deepEqual(story(client.received, 'AAPL'), []);
    assert.equal(hub.counts.subscriptions, 1);
  });

  test('a socket may hold only so many symbols', async () => {
    const { url } = await started({ symbolsMax: 2 });
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA', 'MSFT'] });
    const { symbols, rejected } = await client.awaits(is('subscribed'));
    assert.deepEqual(Object.keys(symbols), ['AAPL', 'TSLA']);
    assert.equal(rejected?.[0]?.code, 'symbol_limit');
  });

  test('a ping is answered with its id, and heartbeats come by themselves', async () => {
    const { url } = await started({ heartbeatMs: 100 });
    const client = await PlainClient.connect(url);
    client.send({ type: 'ping', id: 9 });
    assert.equal((await client.awaits(is('pong'))).id, 9);
    await client.awaits(is('heartbeat'));
  });

  test('a closed socket leaves nothing behind', async () => {
    const { url, hub, publish } = await started({ lingerMs: 0, sweepMs: 10 });
    await publish('AAPL', 1);
    const client = await PlainClient.connect(url);
    client.send({ type: 'subscribe', symbols: ['AAPL', 'TSLA'], frequency: 100 });
    await client.awaits(is('subscribed'));
    assert.equal(hub.symbols, 2);
    client.close();
    await until('no symbol is left', () => hub.symbols === 0);
    assert.deepEqual([hub.counts.sockets, hub.counts.subscriptions], [0, 0]);
  });

  test('sockets above the limits of node and address are refused with what to do', async () => {
    const { url } = await started({ socketsPerAddressMax: 1 });
    await PlainClient.connect(url);
    await assert.rejects(PlainClient.connect(url), /429/);
    const full = await started({ socketsMax: 1 });
    await PlainClient.connect(full.url);
    await assert.rejects(PlainClient.connect(full.url), /503/);
    await assert.rejects(PlainClient.connect(full.url, 'json', 'graphql-ws'), /400/);
  });

  test('a drain says goodbye with a delay within the window, refuses new sockets and closes at the end', async () => {
    const { url, hub } = await started({ drainWindowMs: 100, handOverMs: 100 });
    const client = await PlainClient.connect(url);
    const drained = hub.drain();
    assert.equal(hub.notReady(), 'draining');
    const { reconnect_after_ms: reconnectAfterMs } = await client.awaits(is('goodbye'));
    assert.ok(reconnectAfterMs >= 0 && reconnectAfterMs <= 100);
    await assert.rejects(PlainClient.connect(url));
    await client.until(() => client.closedWith !== undefined);
    assert.equal(client.closedWith, closeCodes.drain);
    await drained;
  });

  test('HTTP answers health, symbols, sources and the page, and names what there is for the rest', async () => {
    const { port } = await started();
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
    assert.equal(((await (await get('/health')).json()) as { status: string }).status, 'ok');
    const { symbols } = (await (await get('/symbols')).json()) as { symbols: { symbol: string }[] };
    assert.deepEqual(
      symbols.map(({ symbol }) => symbol),
      ['AAPL', 'MSFT', 'TSLA'],
    );
    assert.match(
      await (await get('/symbols?after=AAPL')).text(),
      /^\{"symbols":\[\{"symbol":"MSFT",[^\]]*TSLA[^\]]*\]\}$/,
    );
    const { sources } = (await (await get('/sources')).json()) as { sources: { source: string }[] };
    assert.deepEqual(
      sources.map(({ source }) => source),
      ['test'],
    );
    assert.equal(await (await get('/')).text(), '<p>page');
    assert.equal((await get('/', { headers: { 'If-None-Match': '"1"' } })).status, 304);
    const caching = async (path: string) => (await get(path)).headers.get('Cache-Control');
    assert.equal(await caching('/symbols'), 'public, max-age=1, must-revalidate');
    assert.match((await caching('/')) ?? '', /^public,.* s-maxage=10/);
    assert.equal(await caching('/health'), 'no-store');
    assert.equal((await get('/nothing')).status, 404);
    assert.equal((await get('/symbols', { method: 'POST' })).status, 405);
    assert.equal((await get('/ws')).status, 426);
  });
});
