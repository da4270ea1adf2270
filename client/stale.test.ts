import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StaleMessage } from '#protocol/messages.ts';
import { type PlayedClient, playClient, price, settle } from './fixtures.ts';
import type { Subscription } from './mod.ts';

const since = '2024-09-14T12:34:56.789Z';
const away: StaleMessage = { type: 'stale', reason: 'fanout_unavailable', since };
const backAgain = { type: 'fresh', reason: 'fanout_unavailable' } as const;
const silent: StaleMessage = {
  ...{ type: 'stale', reason: 'source_stale', source: 'coinbase', since },
  symbols: ['TSLA'],
};

interface Told extends PlayedClient {
  readonly subscription: Subscription;
  /** What was told of staleness alone. */
  readonly stories: string[];
}

/** A client that holds AAPL and TSLA up to 7-10. */
async function live(): Promise<Told> {
  const played = playClient();
  const stories: string[] = [];
  played.client.on('stale', ({ symbols, reason }) => stories.push(`${symbols} ${reason}`));
  played.client.on('fresh', ({ symbols }) => stories.push(`${symbols} fresh`));
  const subscription = played.client.subscribe(['AAPL', 'TSLA']);
  played.newest().welcomes();
  await settle();
  played.newest().answers('7-10');
  await settle();
  return { ...played, subscription, stories };
}

describe('stale prices', () => {
  test('are told with their reason and kept on the subscription until they are fresh', async () => {
    const { newest, stories, subscription } = await live();
    newest().says(silent);
    assert.deepEqual([...subscription.stale], ['TSLA']);
    newest().says({ type: 'fresh', reason: 'source_stale', source: 'coinbase' });
    assert.equal(subscription.stale.size, 0);
    assert.deepEqual(stories, ['TSLA source_stale', 'TSLA fresh']);
  });

  test('are told once, however often the hub says so', async () => {
    const { newest, stories } = await live();
    newest().says(silent, silent, backAgain);
    assert.deepEqual(stories, ['TSLA source_stale']);
  });

  test('are fresh when no reason is left', async () => {
    const { newest, stories, subscription } = await live();
    newest().says(silent, away);
    assert.deepEqual([...subscription.stale], ['AAPL', 'TSLA']);
    newest().says(backAgain);
    assert.deepEqual([...subscription.stale], ['TSLA']);
    assert.deepEqual(stories, ['TSLA source_stale', 'AAPL fanout_unavailable', 'AAPL fresh']);
  });

  test('are those of symbols as well that are asked for later', async () => {
    const { client, newest, stories } = await live();
    newest().says(away);
    const late = client.subscribe(['MSFT']);
    await settle();
    assert.deepEqual([...late.stale], ['MSFT']);
    assert.deepEqual(stories, ['AAPL,TSLA fanout_unavailable', 'MSFT fanout_unavailable']);
  });

  test('of a symbol that was let go are forgotten', async () => {
    const { newest, stories, subscription } = await live();
    newest().says(silent);
    subscription.close();
    newest().says({ type: 'fresh', reason: 'source_stale', source: 'coinbase' });
    assert.deepEqual(stories, ['TSLA source_stale']);
  });

  test('stay so over a reconnect, until the new hub has answered', async () => {
    const { clock, newest, stories, subscription } = await live();
    newest().says(away);
    newest().drops();
    await clock.advance(20_000);
    newest().welcomes();
    await settle();
    assert.equal(subscription.stale.size, 2);
    newest().answers('7-11');
    for (const symbol of ['AAPL', 'TSLA']) newest().prices(symbol, price(11));
    await settle();
    assert.equal(subscription.stale.size, 0);
    assert.deepEqual(stories, ['AAPL,TSLA fanout_unavailable', 'AAPL,TSLA fresh']);
  });

  test('at the hub that the client leaves do not count at the one that it has moved to', async () => {
    const { clock, newest, stories, sockets } = await live();
    newest().says({ type: 'goodbye', reason: 'drain', reconnect_after_ms: 10 }, away);
    await clock.advance(10);
    newest().welcomes();
    newest().says(silent);
    await settle();
    assert.deepEqual(stories, ['AAPL,TSLA fanout_unavailable']);
    newest().answers('7-10');
    await settle();
    assert.equal(sockets[0]?.closed, true);
    assert.deepEqual(stories.slice(1), ['TSLA source_stale', 'AAPL fresh']);
  });
});
