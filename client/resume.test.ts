import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PlayedClient, playClient, price, settle } from './fixtures.ts';

/** A client that holds AAPL up to 7-45. */
async function live(): Promise<PlayedClient> {
  const played = playClient();
  played.client.subscribe(['AAPL']);
  played.newest().welcomes();
  await settle();
  played.newest().answers('7-45');
  await settle();
  return played;
}

/** The connection is lost and a new one is there, whose hub has said welcome. */
async function reconnected(played: PlayedClient): Promise<void> {
  played.newest().drops();
  await played.clock.advance(20_000);
  played.newest().welcomes();
  await settle();
  played.told.length = 0;
}

describe('resume', () => {
  test('after a reconnect the client asks for what follows what it holds', async () => {
    const played = await live();
    played.newest().prices('AAPL', price(46));
    await reconnected(played);
    assert.deepEqual(played.newest().subscribes, [
      { type: 'subscribe', symbols: ['AAPL'], id: 1, since: { AAPL: '7-46' } },
    ]);
  });

  test('missed and live updates are handed over once each, in order', async () => {
    const played = await live();
    await reconnected(played);
    played.newest().answers('7-47');
    for (const seq of [45, 46, 46, 47, 48]) played.newest().prices('AAPL', price(seq));
    assert.deepEqual(played.told, ['AAPL 7-46', 'AAPL 7-47', 'AAPL 7-48']);
  });

  test('of an update that overlaps what is held, only the new part is told', async () => {
    const played = await live();
    played.told.length = 0;
    played.newest().prices('AAPL', price(49, { from: 40, snapshot: true }));
    assert.deepEqual(played.told, ['AAPL 7-46..49']);
  });

  test('a reset is told, and the snapshot after it is taken with its reason', async () => {
    const played = await live();
    await reconnected(played);
    const resets: (string | undefined)[] = [];
    played.client.on('update', ({ reset }) => resets.push(reset));
    const socket = played.newest();
    socket.says(
      { type: 'subscribed', id: 1, symbols: { AAPL: { position: '9-3', recovered: false } } },
      { type: 'reset', symbol: 'AAPL', reason: 'epoch_changed', position: '9-3' },
    );
    socket.prices('AAPL', price(3, { snapshot: true }));
    socket.prices('AAPL', price(4));
    assert.deepEqual(played.told, ['AAPL reset epoch_changed', 'AAPL 9-3', 'AAPL 9-4']);
    assert.deepEqual(resets, ['epoch_changed', undefined]);
  });

  test('when the connection is lost between reset and snapshot, a first answer is asked for', async () => {
    const played = await live();
    played.newest().says({ type: 'reset', symbol: 'AAPL', reason: 'slow_consumer', position: '7-90' });
    await reconnected(played);
    assert.equal(played.newest().subscribes[0]?.since, undefined);
    played.newest().answers('7-95');
    assert.deepEqual(played.told, ['AAPL 7-95']);
  });

  test('a gap is told, and what is missing is asked for', async () => {
    const played = await live();
    played.told.length = 0;
    const socket = played.newest();
    socket.prices('AAPL', price(48));
    socket.prices('AAPL', price(49));
    await settle();
    assert.deepEqual(socket.subscribes.at(-1)?.since, { AAPL: '7-45' });
    socket.answers('7-49');
    for (const seq of [46, 47, 48, 49]) socket.prices('AAPL', price(seq));
    assert.deepEqual(played.told, ['error gap AAPL', 'AAPL 7-46', 'AAPL 7-47', 'AAPL 7-48', 'AAPL 7-49']);
  });

  test('the very first update of a symbol is handed over without a word of a loss, and resumed after', async () => {
    const played = playClient();
    played.client.subscribe(['TSLA']);
    const socket = played.newest();
    socket.welcomes();
    await settle();
    socket.says({ type: 'subscribed', id: 1, symbols: { TSLA: {} } });
    socket.says({ type: 'subscribed', symbols: { TSLA: { position: '8-0', begins: true } } });
    socket.prices('TSLA', price(0, { snapshot: true }));
    socket.prices('TSLA', price(1));
    assert.deepEqual(played.told, ['live', 'TSLA 8-0', 'TSLA 8-1']);
    socket.says({ type: 'subscribed', symbols: { TSLA: { position: '9-0', begins: true } } });
    socket.prices('TSLA', price(2));
    assert.deepEqual(played.told.slice(3), ['TSLA 8-2']);
  });

  test('a symbol without updates learns its epoch from the reset before its first one', async () => {
    const played = playClient();
    played.client.subscribe(['TSLA']);
    const socket = played.newest();
    socket.welcomes();
    await settle();
    socket.says({ type: 'subscribed', id: 1, symbols: { TSLA: {} } });
    socket.says({ type: 'reset', symbol: 'TSLA', reason: 'epoch_changed', position: '8-0' });
    socket.prices('TSLA', price(0, { snapshot: true }));
    socket.prices('TSLA', price(1));
    assert.deepEqual(played.told, ['live', 'TSLA reset epoch_changed', 'TSLA 8-0', 'TSLA 8-1']);
  });

  test('a symbol whose first updates fell into an outage is told as reset', async () => {
    const played = playClient();
    played.client.subscribe(['TSLA']);
    played.newest().welcomes();
    await settle();
    played.newest().says({ type: 'subscribed', id: 1, symbols: { TSLA: {} } });
    await reconnected(played);
    played.newest().answers('8-5');
    assert.deepEqual(played.told, ['TSLA reset epoch_changed', 'TSLA 8-5']);
  });
});
