import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PlayedClient, playClient, price, settle } from '#client/fixtures.ts';
import type { Subscription } from '#client/mod.ts';

const rateLimited = { type: 'error', code: 'rate_limited', message: 'too fast' } as const;

/** A client that has asked for AAPL and has no answer yet. */
async function asking(random = 1): Promise<PlayedClient & { readonly subscription: Subscription }> {
  const played = playClient({ random: () => random });
  played.newest().welcomes();
  const subscription = played.client.subscribe(['AAPL']);
  await settle();
  played.told.length = 0;
  return { ...played, subscription };
}

describe('a hub that refuses what comes too fast, without saying which request it was', () => {
  test('is asked once more for what it has not answered, over the same connection', async () => {
    const { clock, newest, sockets, told } = await asking();
    newest().says(rateLimited, rateLimited);
    await clock.advance(1999);
    assert.equal(newest().sent.length, 1);
    await clock.advance(1);
    assert.deepEqual(newest().sent.slice(1), [{ type: 'subscribe', symbols: ['AAPL'], id: 2 }]);
    newest().answers('7-1');
    await clock.advance(20_000);
    assert.deepEqual(told, ['error rate_limited', 'error rate_limited', 'AAPL 7-1']);
    assert.equal(sockets.length, 1);
    assert.equal(newest().sent.filter(({ type }) => type === 'subscribe').length, 2);
  });

  test('is asked again by chance up to half the time sooner, and later each time until it answers', async () => {
    const { clock, newest, sockets } = await asking(0);
    const waits: number[] = [];
    const refuse = async (): Promise<void> => {
      const before = newest().subscribes.length;
      newest().says(rateLimited);
      let waited = 0;
      for (; newest().subscribes.length === before && waited < 20_000; waited += 100)
        await clock.advance(100);
      waits.push(waited);
    };
    for (let time = 0; time < 5; time++) await refuse();
    assert.deepEqual(waits, [1000, 2000, 4000, 7500, 7500]);
    newest().answers('7-1');
    await settle();
    newest().says({ type: 'unsubscribed', symbols: ['AAPL'], reason: 'delay_changed' });
    await settle();
    await refuse();
    assert.equal(waits.at(-1), 1000);
    assert.equal(sockets.length, 1);
  });

  test('is not asked again for what it answers meanwhile', async () => {
    const { clock, newest, told } = await asking();
    newest().says(rateLimited);
    newest().answers('7-1');
    await clock.advance(2000);
    assert.equal(newest().sent.length, 1);
    assert.deepEqual(told, ['error rate_limited', 'AAPL 7-1']);
  });

  test('gets nothing new before that, not even what somebody wants meanwhile', async () => {
    const { client, clock, newest } = await asking();
    newest().says(rateLimited);
    client.subscribe(['TSLA']);
    await clock.advance(1999);
    assert.equal(newest().sent.length, 1);
    await clock.advance(1);
    assert.deepEqual(
      newest()
        .subscribes.slice(1)
        .flatMap(({ symbols }) => symbols)
        .sort(),
      ['AAPL', 'TSLA'],
    );
  });

  test('may answer the first request after all: then the answer to the second one counts', async () => {
    const { clock, newest, told } = await asking();
    newest().says(rateLimited);
    await clock.advance(2000);
    newest().says({ type: 'subscribed', id: 1, symbols: { AAPL: { position: '7-1' } } });
    newest().prices('AAPL', price(1, { snapshot: true }));
    newest().prices('AAPL', price(2));
    assert.deepEqual(told, ['error rate_limited']);
    newest().answers('7-2');
    newest().prices('AAPL', price(3));
    assert.deepEqual(told.slice(1), ['AAPL 7-2', 'AAPL 7-3']);
  });

  test('may hold a symbol by the first request when it refuses the second: it is let go when nobody wants it', async () => {
    const { subscription, clock, newest } = await asking();
    newest().says(rateLimited);
    await clock.advance(2000);
    newest().says({ type: 'subscribed', id: 1, symbols: { AAPL: { position: '7-1' } } });
    const rejected = [{ symbol: 'AAPL', code: 'unknown_symbol', message: 'unknown' }] as const;
    newest().says({ type: 'subscribed', id: 2, symbols: {}, rejected });
    subscription.close();
    await settle();
    assert.deepEqual(newest().sent.slice(2), [{ type: 'unsubscribe', symbols: ['AAPL'], id: 3 }]);
  });

  test('with nothing under way is only told', async () => {
    const { clock, newest, told } = await asking();
    newest().answers('7-1');
    newest().says(rateLimited);
    await clock.advance(5000);
    assert.equal(newest().subscribes.length, 1);
    assert.deepEqual(told, ['AAPL 7-1', 'error rate_limited']);
  });
});
