import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConnectionEvents, FollowingSocket } from './following-socket.ts';
import { settle } from './settle.ts';

/** A socket of A whose connections and timers the test moves by hand. */
function setUp() {
  const opened: { url: string; events: ConnectionEvents; sent: string[]; closed: boolean }[] = [];
  const timers: { ms: number; action: () => void }[] = [];
  const said: string[] = [];
  const ignore = (): void => undefined;
  const deps = {
    open(url: string, events: ConnectionEvents) {
      const connection = { url, events, sent: [] as string[], closed: false };
      opened.push(connection);
      return {
        send: (text: string) => void connection.sent.push(text),
        close: () => {
          connection.closed = true;
          events.lost();
        },
      };
    },
    after(ms: number, action: () => void) {
      const timer = { ms, action };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
    random: () => 1,
    sink: {
      ...{ update: ignore, answered: ignore, resumed: ignore, reset: ignore, refused: ignore },
      fault: (kind: string) => void said.push(kind),
    },
    connected: (failed: boolean) => void said.push(failed ? 'failed' : 'connected'),
    dropped: () => void said.push('dropped'),
  };
  const create = (symbols: readonly string[] = ['A']): FollowingSocket =>
    new FollowingSocket(deps, ['one', 'two'], 0, { symbols, frequency: 0, now: () => 0 });
  const fire = (): number => {
    const timer = timers.shift();
    assert.ok(timer, 'there is a timer');
    timer.action();
    return timer.ms;
  };
  /** The newest connection opens, and the hub tells the position of A with its snapshot. */
  const answer = (seq: number): void => {
    const { events } = opened.at(-1) ?? assert.fail('nothing is open');
    events.opened();
    events.message(JSON.stringify({ type: 'subscribed', symbols: { A: { position: `7-${seq}` } } }));
    events.message(JSON.stringify({ type: 'price_update', data: { A: { seq, snapshot: true } } }));
  };
  return { deps, opened, timers, said, create, fire, answer };
}

test('a dropped connection is counted once, and resumed on the next hub after a wait', () => {
  const { create, opened, said, fire, answer, timers } = setUp();
  create().connect();
  answer(5);
  opened[0]?.events.lost();
  opened[0]?.events.lost();
  assert.deepEqual(said, ['connected', 'dropped']);
  assert.equal(timers.length, 1);
  assert.equal(fire(), 250);
  opened[1]?.events.opened();
  assert.equal(opened[1]?.url, 'two');
  assert.deepEqual(JSON.parse(opened[1]?.sent[0] ?? '').since, { A: '7-5' });
});

test('connections that fail or do not open in time are counted, with longer and longer waits', () => {
  const { create, opened, said, fire } = setUp();
  create().connect();
  opened[0]?.events.lost();
  assert.equal(fire(), 250);
  assert.equal(fire(), 10_000, 'the time to connect is up');
  assert.equal(fire(), 500);
  assert.deepEqual(said, ['failed', 'failed']);
  for (let i = 0; i < 8; i++) {
    opened.at(-1)?.events.lost();
    fire();
  }
  opened.at(-1)?.events.lost();
  assert.equal(fire(), 8000);
});

test('going where a draining hub sends, coming back on purpose and ending are no drops', () => {
  const { create, opened, said, fire, answer, timers } = setUp();
  const socket = create();
  socket.connect();
  answer(1);
  opened[0]?.events.message('{"type":"goodbye","reason":"drain","reconnect_after_ms":40}');
  assert.equal(fire(), 40);
  answer(2);
  socket.reconnect(7);
  assert.equal(fire(), 7);
  answer(3);
  socket.end();
  socket.reconnect(1);
  assert.deepEqual(said, ['connected', 'connected', 'connected']);
  assert.equal(timers.length, 0);
  assert.ok(opened.every(({ closed }) => closed));
});

test('a socket that does not get at the end what a new client was told is behind', () => {
  for (const [newest, faults] of [
    [5, []],
    [6, ['behind']],
  ] as const) {
    const { deps, create, said, fire, answer, timers, opened } = setUp();
    const socket = create();
    socket.connect();
    answer(5);
    let isDone = false;
    settle([socket], { after: deps.after, createReference: create, frequency: 0 }, () => {
      isDone = true;
    });
    answer(newest);
    while (timers.length > 0) fire();
    assert.ok(isDone);
    assert.deepEqual(
      said.filter((word) => word !== 'connected'),
      faults,
    );
    assert.ok(opened.every(({ closed }) => closed));
  }
});
