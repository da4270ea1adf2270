import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FakeSocket, type PlayedClient, playClient, price, settle } from './fixtures.ts';

interface Moving extends PlayedClient {
  readonly old: FakeSocket;
}

/** A client that holds AAPL and TSLA up to 7-10, and whose hub has said goodbye. */
async function toldToMove(): Promise<Moving> {
  const played = playClient();
  played.client.subscribe(['AAPL', 'TSLA']);
  const old = played.newest();
  old.welcomes();
  await settle();
  old.answers('7-10');
  played.told.length = 0;
  old.says({ type: 'goodbye', reason: 'drain', reconnect_after_ms: 1840 });
  return { ...played, old };
}

/** The same, with the new socket welcomed. */
async function overlapping(): Promise<Moving & { readonly next: FakeSocket }> {
  const moving = await toldToMove();
  await moving.clock.advance(1840);
  const next = moving.newest();
  next.welcomes();
  await settle();
  return { ...moving, next };
}

function answer(socket: FakeSocket, ...symbols: readonly string[]): void {
  const answers = symbols.map((symbol) => [symbol, { position: '7-12', recovered: true }]);
  socket.says({ type: 'subscribed', id: 1, symbols: Object.fromEntries(answers) });
}

describe('goodbye', () => {
  test('the new socket is opened when the hub said, and the old one goes on meanwhile', async () => {
    const { clock, sockets, old, told } = await toldToMove();
    await clock.advance(1839);
    assert.equal(sockets.length, 1);
    await clock.advance(1);
    assert.equal(sockets.length, 2);
    old.prices('AAPL', price(11));
    assert.deepEqual(told, ['draining', 'AAPL 7-11']);
  });

  test('the old socket is closed only when the new hub has answered for every symbol', async () => {
    const { old, next, told } = await overlapping();
    assert.deepEqual(next.subscribes[0]?.since, { AAPL: '7-10', TSLA: '7-10' });
    assert.equal(old.closed, false);
    answer(next, 'AAPL', 'TSLA');
    await settle();
    assert.equal(old.closed, true);
    assert.deepEqual(told, ['draining', 'live']);
  });

  test('what both sockets bring is handed over once, without a gap', async () => {
    const { old, next, told } = await overlapping();
    old.prices('AAPL', price(11));
    old.prices('AAPL', price(12));
    answer(next, 'AAPL', 'TSLA');
    old.prices('AAPL', price(13));
    for (const seq of [11, 12, 13]) next.prices('AAPL', price(seq));
    await settle();
    next.prices('AAPL', price(14));
    assert.deepEqual(told, ['draining', 'AAPL 7-11', 'AAPL 7-12', 'AAPL 7-13', 'live', 'AAPL 7-14']);
  });

  test('a reset on the old socket after the question on the new one makes the client ask again', async () => {
    const { old, next, told } = await overlapping();
    old.says({ type: 'reset', symbol: 'AAPL', reason: 'epoch_changed', position: '9-0' });
    old.prices('AAPL', price(0, { snapshot: true }));
    answer(next, 'AAPL', 'TSLA');
    next.prices('AAPL', price(11));
    await settle();
    assert.deepEqual(next.subscribes.at(-1)?.since, { AAPL: '9-0' });
    assert.equal(old.closed, false);
    next.answers('9-1');
    next.prices('AAPL', price(1));
    await settle();
    assert.deepEqual(told, ['draining', 'AAPL reset epoch_changed', 'AAPL 9-0', 'AAPL 9-1', 'live']);
    assert.equal(old.closed, true);
  });

  test('a new socket that fails gives its symbols back to the old one and is tried again', async () => {
    const { clock, sockets, old, next, told } = await overlapping();
    next.says({ type: 'subscribed', id: 1, symbols: { AAPL: { position: '7-12', recovered: true } } });
    next.prices('AAPL', price(11));
    next.drops();
    await settle();
    assert.deepEqual(old.subscribes.at(-1)?.since, { AAPL: '7-11' });
    old.answers('7-12');
    old.prices('AAPL', price(12));
    assert.deepEqual(told.slice(0, 4), ['draining', 'error unavailable TSLA', 'AAPL 7-11', 'AAPL 7-12']);
    await clock.advance(500);
    assert.equal(sockets.length, 3);
  });

  test('when the old socket ends early, the new one takes over where it stopped', async () => {
    const { old, next, told, sockets } = await overlapping();
    old.prices('TSLA', price(11));
    old.drops(4000);
    answer(next, 'AAPL', 'TSLA');
    next.prices('TSLA', price(11));
    next.prices('TSLA', price(12));
    assert.deepEqual(told, ['draining', 'TSLA 7-11', 'live', 'TSLA 7-12']);
    assert.equal(sockets.length, 2);
  });

  test('an answer of the old hub that comes after that of the new one does not count', async () => {
    const { old, next, told } = await overlapping();
    old.prices('AAPL', price(13)); // a gap, so the old hub is asked as well
    await settle();
    answer(next, 'AAPL', 'TSLA');
    old.says({ type: 'subscribed', id: 2, symbols: { AAPL: { position: '7-13', recovered: true } } });
    next.prices('AAPL', price(11));
    assert.deepEqual(told, ['draining', 'error gap AAPL', 'AAPL 7-11']);
  });
});
