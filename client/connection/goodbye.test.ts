import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FakeSocket, type PlayedClient, playClient, price, settle } from '#client/fixtures.ts';

interface Moving extends PlayedClient {
  readonly old: FakeSocket;
}

/** A client that holds AAPL and TSLA up to 7-10, and whose hub has said goodbye. */
async function toldToMove(urls?: readonly string[]): Promise<Moving> {
  const played = playClient({}, urls);
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
async function overlapping(urls?: readonly string[]): Promise<Moving & { readonly next: FakeSocket }> {
  const moving = await toldToMove(urls);
  await moving.clock.advance(1840);
  const next = moving.newest();
  next.welcomes();
  await settle();
  return { ...moving, next };
}

/** The hub of `socket` answers up to 7-12. */
function answer(socket: FakeSocket, ...symbols: readonly string[]): void {
  const answers = symbols.map((symbol) => [symbol, { position: '7-12', recovered: true }]);
  socket.says({ type: 'subscribed', id: 1, symbols: Object.fromEntries(answers) });
}

/** The hub of `socket` sends what was missed up to 7-12. */
function replay(socket: FakeSocket, ...symbols: readonly string[]): void {
  for (const symbol of symbols) for (const seq of [11, 12]) socket.prices(symbol, price(seq));
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

  test('the old socket is closed only when the new hub has sent what was missed of every symbol', async () => {
    const { old, next } = await overlapping();
    assert.deepEqual(next.subscribes[0]?.since, { AAPL: '7-10', TSLA: '7-10' });
    answer(next, 'AAPL', 'TSLA');
    replay(next, 'AAPL');
    next.prices('TSLA', price(11));
    await settle();
    assert.equal(old.closed, false);
    next.prices('TSLA', price(12));
    assert.equal(old.closed, true);
  });

  test('where nothing was missed the old socket is closed with the answer', async () => {
    const { old, next, told } = await overlapping();
    for (const symbol of ['AAPL', 'TSLA']) for (const seq of [11, 12]) old.prices(symbol, price(seq));
    next.answers('7-10'); // what the client knew when it asked
    await settle();
    assert.equal(old.closed, true);
    assert.equal(told.at(-1), 'live');
  });

  test('while the new hub makes the client wait for what was missed, prices flow over the old socket', async () => {
    const { old, next, told } = await overlapping();
    answer(next, 'AAPL', 'TSLA');
    for (const seq of [11, 12, 13]) old.prices('AAPL', price(seq));
    assert.deepEqual(told, ['draining', 'AAPL 7-11', 'AAPL 7-12', 'AAPL 7-13']);
    for (const seq of [11, 12, 13, 14]) next.prices('AAPL', price(seq));
    assert.equal(told.at(-1), 'AAPL 7-14');
    old.prices('AAPL', price(14));
    assert.equal(told.filter((story) => story === 'AAPL 7-14').length, 1);
  });

  test('a reset on the old socket does not count where the new hub has answered', async () => {
    const { old, next, told } = await overlapping();
    answer(next, 'AAPL', 'TSLA');
    old.says({ type: 'reset', symbol: 'AAPL', reason: 'slow_consumer', position: '7-12' });
    old.prices('AAPL', price(12, { snapshot: true }));
    replay(next, 'AAPL', 'TSLA');
    assert.deepEqual(
      told.filter((story) => story.startsWith('AAPL')),
      ['AAPL 7-11', 'AAPL 7-12'],
    );
    assert.equal(told.at(-1), 'live');
  });

  test('a reset on the new socket counts, and the old one waits for the snapshot after it', async () => {
    const { old, next, told } = await overlapping();
    const lost = { position: '9-3', recovered: false };
    next.says({ type: 'subscribed', id: 1, symbols: { AAPL: lost, TSLA: lost } });
    old.prices('AAPL', price(11));
    for (const symbol of ['AAPL', 'TSLA'])
      next.says({ type: 'reset', symbol, reason: 'epoch_changed', position: '9-3' });
    old.prices('AAPL', price(12));
    assert.deepEqual(told, ['draining', 'AAPL 7-11', 'AAPL reset epoch_changed', 'TSLA reset epoch_changed']);
    assert.equal(old.closed, false);
    for (const symbol of ['AAPL', 'TSLA']) next.prices(symbol, price(3, { snapshot: true }));
    assert.equal(old.closed, true);
  });

  test('the new socket goes to the next address', async () => {
    const { sockets } = await overlapping(['ws://a/ws', 'ws://b/ws']);
    assert.deepEqual(
      sockets.map(({ url }) => url),
      ['ws://a/ws', 'ws://b/ws'],
    );
  });

  test('what both sockets bring is handed over once, without a gap', async () => {
    const { old, next, told } = await overlapping();
    old.prices('AAPL', price(11));
    old.prices('AAPL', price(12));
    answer(next, 'AAPL', 'TSLA');
    old.prices('AAPL', price(13));
    for (const seq of [11, 12, 13, 14]) next.prices('AAPL', price(seq));
    await settle();
    assert.deepEqual(told, ['draining', 'AAPL 7-11', 'AAPL 7-12', 'AAPL 7-13', 'AAPL 7-14']);
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
    assert.equal(old.closed, false);
    replay(next, 'TSLA');
    const aapl = ['AAPL reset epoch_changed', 'AAPL 9-0', 'AAPL 9-1'];
    assert.deepEqual(told, ['draining', ...aapl, 'TSLA 7-11', 'TSLA 7-12', 'live']);
    assert.equal(old.closed, true);
  });

  test('when the new socket fails, the old one goes on as if nothing had been, and another is tried', async () => {
    const { clock, sockets, old, next, told } = await overlapping();
    next.says({ type: 'subscribed', id: 1, symbols: { AAPL: { position: '7-12', recovered: true } } });
    next.prices('AAPL', price(11));
    next.drops();
    await settle();
    assert.equal(old.subscribes.length, 1);
    for (const seq of [11, 12]) old.prices('AAPL', price(seq));
    assert.deepEqual(told.slice(0, 4), ['draining', 'error unavailable TSLA', 'AAPL 7-11', 'AAPL 7-12']);
    await clock.advance(500);
    assert.equal(sockets.length, 3);
  });

  test('a symbol that the old socket can not go on with is asked for anew there when the new one fails', async () => {
    const { old, next } = await overlapping();
    answer(next, 'AAPL', 'TSLA');
    next.says({ type: 'reset', symbol: 'AAPL', reason: 'epoch_changed', position: '9-3' });
    next.prices('AAPL', price(3, { snapshot: true }));
    next.drops(); // TSLA was not there yet
    await settle();
    assert.deepEqual(old.subscribes.at(-1)?.symbols, ['AAPL']);
    assert.deepEqual(old.subscribes.at(-1)?.since, { AAPL: '9-3' });
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
