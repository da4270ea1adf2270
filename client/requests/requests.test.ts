import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PlayedClient, playClient, price, settle, story } from '#client/fixtures.ts';
import type { Limits } from '#protocol/messages.ts';

async function welcomed(limits: Partial<Limits> = {}): Promise<PlayedClient> {
  const played = playClient();
  played.newest().welcomes(limits);
  await settle();
  played.told.length = 0;
  return played;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `S${index}`);

describe('requests', () => {
  test('what is subscribed in one turn goes out in one message', async () => {
    const { client, newest } = await welcomed();
    client.subscribe(['AAPL']);
    client.subscribe(['TSLA', 'AAPL']);
    await settle();
    assert.deepEqual(newest().sent, [{ type: 'subscribe', symbols: ['AAPL', 'TSLA'], id: 1 }]);
  });

  test('what is let go before it was sent needs no message', async () => {
    const { client, newest } = await welcomed();
    client.subscribe(['AAPL']).close();
    await settle();
    assert.deepEqual(newest().sent, []);
  });

  test('many symbols are split into messages of at most 200', async () => {
    const { client, newest } = await welcomed();
    client.subscribe(numbered(450));
    await settle();
    assert.deepEqual(
      newest().subscribes.map(({ symbols }) => symbols.length),
      [200, 200, 50],
    );
  });

  test('no message is longer than the hub takes', async () => {
    const { client, newest } = await welcomed({ message_bytes: 300, messages_per_second: 1000 });
    client.subscribe(numbered(100));
    await settle();
    for (let answered = 0; answered < newest().subscribes.length; answered++) {
      newest().says({ type: 'subscribed', id: answered + 1, symbols: {} });
      await settle();
    }
    const asked = newest().subscribes.flatMap(({ symbols }) => symbols);
    assert.deepEqual(asked, numbered(100));
    assert.ok(newest().sent.every((message) => JSON.stringify(message).length <= 300));
  });

  test('thousands of symbols go out within the budget that the hub allows for what they count as', async () => {
    const { client, clock, newest } = await welcomed({ symbols: 5000 });
    client.subscribe(numbered(5000));
    await settle();
    assert.equal(newest().sent.length, 3, 'as if all of them could be rejected');
    let answered = 0;
    const answerAll = async (): Promise<void> => {
      for (; answered < newest().subscribes.length; answered++) {
        const names = newest().subscribes[answered]?.symbols.map(String) ?? [];
        const symbols = Object.fromEntries(names.map((name) => [name, {}]));
        newest().says({ type: 'subscribed', id: answered + 1, symbols });
        await settle();
      }
    };
    for (let tenths = 0; tenths < 40; tenths++) {
      await answerAll();
      await clock.advance(100);
    }
    assert.equal(answered, 25);
    assert.equal(new Set(newest().subscribes.flatMap(({ symbols }) => symbols)).size, 5000);
  });

  test('with too many answers due, what is wanted gathers for the next message', async () => {
    const { client, newest } = await welcomed({ messages_per_second: 1000 });
    for (const symbol of numbered(30)) {
      client.subscribe([symbol]);
      await settle();
    }
    assert.equal(newest().sent.length, 8);
    newest().says({ type: 'subscribed', id: 1, symbols: { S0: {} } });
    await settle();
    assert.equal(newest().subscribes.at(-1)?.symbols.length, 22);
  });

  test('a symbol beyond the limit of the hub is told, and asked for when another is let go', async () => {
    const { client, newest, told } = await welcomed({ symbols: 2 });
    const first = client.subscribe(['A']);
    client.subscribe(['B', 'C']);
    await settle();
    assert.deepEqual(told, ['error symbol_limit C']);
    newest().says({ type: 'subscribed', id: 1, symbols: { A: {}, B: {} } });
    first.close();
    await settle();
    assert.deepEqual(
      newest().sent.map(({ type, ...message }) => [type, 'symbols' in message && message.symbols]),
      [
        ['subscribe', ['A', 'B']],
        ['unsubscribe', ['A']],
        ['subscribe', ['C']],
      ],
    );
  });

  test('a symbol beyond the limit of the hub is asked for when the hub takes another away', async () => {
    const { client, newest } = await welcomed({ symbols: 2 });
    client.subscribe(['A', 'B', 'C']);
    await settle();
    newest().says({ type: 'subscribed', id: 1, symbols: { A: {}, B: {} } });
    await settle();
    newest().says({ type: 'unsubscribed', symbols: ['A'], reason: 'not_entitled' });
    await settle();
    assert.deepEqual(
      newest().subscribes.map(({ symbols }) => symbols),
      [['A', 'B'], ['C']],
    );
  });

  test('a symbol that the hub does not know is told once and not asked for again', async () => {
    const { client, clock, newest, told } = await welcomed();
    client.subscribe(['XYZ']);
    await settle();
    const rejection = {
      symbol: 'XYZ',
      code: 'unknown_symbol',
      message: 'Invalid stock symbol: XYZ',
    } as const;
    newest().says({ type: 'subscribed', id: 1, symbols: {}, rejected: [rejection] });
    newest().says({ type: 'error', ...rejection, id: 1 });
    await clock.advance(10_000);
    assert.deepEqual(told, ['error unknown_symbol XYZ']);
    assert.equal(newest().sent.length, 1);
  });

  test('a symbol that can not be served just now is asked for again', async () => {
    const { client, clock, newest } = await welcomed();
    client.subscribe(['AAPL']);
    await settle();
    const rejected = [{ symbol: 'AAPL', code: 'unavailable', message: 'not now' }] as const;
    newest().says({ type: 'subscribed', id: 1, symbols: {}, rejected });
    await clock.advance(1999);
    assert.equal(newest().sent.length, 1);
    await clock.advance(1);
    assert.equal(newest().sent.length, 2);
  });

  test('a request that is refused as a whole is sent again', async () => {
    const { client, clock, newest, told } = await welcomed();
    client.subscribe(['AAPL']);
    await settle();
    newest().says({ type: 'error', code: 'unavailable', message: 'not now', id: 1 });
    await clock.advance(2000);
    assert.deepEqual(told, ['error unavailable']);
    assert.equal(newest().sent.length, 2);
  });

  test('a request that stays without an answer ends the connection', async () => {
    const { client, clock, sockets } = await welcomed();
    client.subscribe(['AAPL']);
    await settle();
    await clock.advance(15_000);
    assert.equal(sockets[0]?.closed, true);
  });

  test('what changes while an answer is due is asked for when it has come', async () => {
    const { client, newest, told } = await welcomed();
    const first = client.subscribe(['AAPL']);
    await settle();
    first.close();
    await settle();
    assert.equal(newest().sent.length, 1);
    newest().answers('7-1');
    await settle();
    assert.deepEqual(newest().sent.slice(1), [{ type: 'unsubscribe', symbols: ['AAPL'], id: 2 }]);
    client.subscribe(['AAPL']);
    await settle();
    newest().says({ type: 'unsubscribed', id: 2, symbols: ['AAPL'] });
    await settle();
    assert.deepEqual(newest().sent.slice(2), [{ type: 'subscribe', symbols: ['AAPL'], id: 3 }]);
    newest().prices('AAPL', price(4));
    assert.deepEqual(told, [], 'what belongs to the first subscription');
    newest().answers('7-5');
    assert.deepEqual(told, ['AAPL 7-5']);
  });

  test('whoever closes and subscribes in one turn goes on where it was, without a message', async () => {
    const { client, newest, told } = await welcomed();
    const first = client.subscribe(['AAPL']);
    await settle();
    newest().answers('7-1');
    const seen: string[] = [];
    first.close();
    client.subscribe(['AAPL'], { onUpdate: (update) => seen.push(story(update)) });
    await settle();
    newest().prices('AAPL', price(2));
    assert.deepEqual(seen, ['AAPL 7-1', 'AAPL 7-2']);
    assert.deepEqual(told, seen);
    assert.equal(newest().sent.length, 1);
  });

  test('what was let go and is wanted again before the hub could be told is asked for anew', async () => {
    const { client, clock, newest, told } = await welcomed({ messages_per_second: 1 });
    const first = client.subscribe(['AAPL']);
    await settle();
    newest().answers('7-1');
    first.close();
    await settle();
    client.subscribe(['AAPL']);
    await clock.advance(1000);
    assert.deepEqual(newest().sent.slice(1), [{ type: 'subscribe', symbols: ['AAPL'], id: 2 }]);
    newest().answers('7-3');
    assert.deepEqual(told, ['AAPL 7-1', 'AAPL 7-3']);
  });

  test('what could not be let go, because the hub refused the request, is let go later', async () => {
    const { client, clock, newest } = await welcomed();
    const first = client.subscribe(['AAPL']);
    await settle();
    newest().answers('7-1');
    first.close();
    await settle();
    newest().says({ type: 'error', code: 'unavailable', message: 'not now', id: 2 });
    await clock.advance(2000);
    assert.deepEqual(newest().sent.slice(2), [{ type: 'unsubscribe', symbols: ['AAPL'], id: 3 }]);
  });
});
