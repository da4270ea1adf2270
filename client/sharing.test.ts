import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PlayedClient, playClient, price, settle, story } from './fixtures.ts';
import type { Update } from './mod.ts';

async function welcomed(): Promise<PlayedClient> {
  const played = playClient();
  played.newest().welcomes();
  await settle();
  return played;
}

function collect(): { readonly stories: string[]; readonly onUpdate: (update: Update) => void } {
  const stories: string[] = [];
  return { stories, onUpdate: (update) => stories.push(story(update)) };
}

describe('subscriptions that share a symbol', () => {
  test('the hub is asked once, at the highest frequency', async () => {
    const { client, newest } = await welcomed();
    client.subscribe(['AAPL'], { frequency: 5000 });
    client.subscribe(['AAPL'], { frequency: 1000 });
    await settle();
    assert.deepEqual(newest().sent, [{ type: 'subscribe', symbols: ['AAPL'], id: 1, frequency: 1000 }]);
  });

  test('all of them get each update', async () => {
    const { client, newest } = await welcomed();
    const [one, two] = [collect(), collect()];
    client.subscribe(['AAPL'], one);
    client.subscribe(['AAPL'], two);
    await settle();
    newest().answers('7-1');
    newest().prices('AAPL', price(2));
    assert.deepEqual(one.stories, ['AAPL 7-1', 'AAPL 7-2']);
    assert.deepEqual(two.stories, one.stories);
  });

  test('one that comes later starts from the newest price that is here', async () => {
    const { client, newest } = await welcomed();
    client.subscribe(['AAPL']);
    await settle();
    newest().answers('7-1');
    const late = collect();
    client.subscribe(['AAPL'], late);
    await settle();
    newest().prices('AAPL', price(2));
    assert.deepEqual(late.stories, ['AAPL 7-1', 'AAPL 7-2']);
    assert.equal(newest().sent.length, 1);
  });

  test('one that is made while an update is handed round gets that update once', async () => {
    const { client, newest } = await welcomed();
    const late = collect();
    let made = false;
    const onUpdate = (): void => {
      if (!made) client.subscribe(['AAPL'], late);
      made = true;
    };
    client.subscribe(['AAPL'], { onUpdate });
    await settle();
    newest().answers('7-1');
    await settle();
    assert.deepEqual(late.stories, ['AAPL 7-1']);
  });

  test('when the fastest goes, the hub is asked for the frequency of the others, without losing the place', async () => {
    const { client, newest } = await welcomed();
    const fast = client.subscribe(['AAPL']);
    client.subscribe(['AAPL'], { frequency: 1000 });
    await settle();
    newest().answers('7-1');
    fast.close();
    await settle();
    const again = { type: 'subscribe', symbols: ['AAPL'], id: 2, frequency: 1000, since: { AAPL: '7-1' } };
    assert.deepEqual(newest().sent[1], again);
  });

  test('the symbol is let go with the last of them', async () => {
    const { client, newest } = await welcomed();
    const [one, two] = [client.subscribe(['AAPL']), client.subscribe(['AAPL'])];
    await settle();
    newest().answers('7-1');
    one.close();
    await settle();
    assert.equal(newest().sent.length, 1);
    two.close();
    await settle();
    assert.deepEqual(newest().sent[1], { type: 'unsubscribe', symbols: ['AAPL'], id: 2 });
  });

  test('a name that can be no symbol is told and does not hinder the others', async () => {
    const { client, newest, told } = await welcomed();
    client.subscribe(['AA PL', 'TSLA']);
    await settle();
    assert.deepEqual(newest().subscribes[0]?.symbols, ['TSLA']);
    assert.deepEqual(told, ['live', 'error invalid_symbol AA PL']);
  });
});
