import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { FanoutError, type Leases } from '#fanout/ports.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { FakeClock } from './fake-clock.ts';
import { createLeadership, type LeadershipLimits, leadershipLimits } from './leadership.ts';

/** Leases that can be taken away from their users, as an outage of Redis does. */
class FakeLeases implements Leases {
  mode: 'works' | 'fails' | 'hangs' = 'works';
  readonly inner: Leases;

  constructor(inner: Leases) {
    this.inner = inner;
  }

  async acquire(source: string, holder: string, ttlMs: number): Promise<number | undefined> {
    if (this.mode === 'hangs') return new Promise(() => undefined);
    if (this.mode === 'fails') throw new FanoutError('unavailable', 'no connection');
    return this.inner.acquire(source, holder, ttlMs);
  }

  async release(source: string, holder: string): Promise<void> {
    if (this.mode !== 'works') throw new FanoutError('unavailable', 'no connection');
    await this.inner.release(source, holder);
  }
}

function build() {
  const clock = new FakeClock();
  const { leases } = createMemoryFanout(
    { now: () => clock.now(), elapsedMs: () => clock.monotonic() },
    { replayEntriesMax: 1 },
  );
  const log = createLogger('test', 'silent');
  const contend = (holder: string, limits: Partial<LeadershipLimits> = {}) => {
    const own = new FakeLeases(leases);
    const events: string[] = [];
    const tokens: number[] = [];
    const leadership = createLeadership(
      {
        ...{ source: 'test', holder, leases: own, clock, log, tracer: noTracer },
        onLead: (token) => {
          tokens.push(token);
          events.push('lead');
        },
        onStandby: (reason) => events.push(reason),
      },
      { ...leadershipLimits, ...limits },
    );
    leadership.start();
    return { leadership, leases: own, events, tokens };
  };
  return { clock, contend, leases };
}

test('the first of two leads, the second stands by', async () => {
  const { clock, contend } = build();
  const [first, second] = [contend('a'), contend('b')];
  await clock.advance(10_000);
  assert.deepEqual([first.leadership.state(), second.leadership.state()], ['leading', 'standby']);
  assert.deepEqual([first.events, second.events], [['lead'], []]);
});

test('within 5 s of its death the leader is replaced, under a later token', async () => {
  const { clock, contend } = build();
  const [first, second] = [contend('a'), contend('b')];
  await clock.advance(10_000);
  first.leases.mode = 'hangs'; // as good as dead: it asks for nothing more
  await clock.advance(5000);
  assert.deepEqual(second.events, ['lead']);
  assert.ok((second.tokens[0] ?? 0) > (first.tokens[0] ?? 0));
});

test('a leader that stops is replaced at the next renewal', async () => {
  const { clock, contend } = build();
  const [first, second] = [contend('a'), contend('b')];
  await clock.advance(2000);
  await first.leadership.stop();
  await clock.advance(1000);
  assert.deepEqual([first.events, second.events], [['lead', 'stopped'], ['lead']]);
});

for (const mode of ['fails', 'hangs'] as const) {
  test(`when a renewal ${mode}, leadership is unconfirmed before the lease can have ended`, async () => {
    const { clock, contend } = build();
    const { leadership, leases, events } = contend('a');
    await clock.advance(0);
    leases.mode = mode;
    await clock.advance(2499);
    assert.equal(leadership.state(), 'leading');
    await clock.advance(1);
    assert.equal(leadership.state(), 'unconfirmed');
    assert.deepEqual(events, ['lead']);
  });
}

test('unconfirmed leadership is confirmed by the next renewal, without a new beginning', async () => {
  const { clock, contend } = build();
  const { leadership, leases, events } = contend('a');
  await clock.advance(0);
  leases.mode = 'fails';
  await clock.advance(20_000);
  leases.mode = 'works';
  await clock.advance(1000);
  assert.deepEqual([leadership.state(), events], ['leading', ['lead']]);
});

test('unconfirmed leadership ends when the limit is reached, or when another has taken the lease', async () => {
  const { clock, contend, leases } = build();
  const first = contend('a', { unconfirmedMaxMs: 10_000 });
  const second = contend('b');
  await clock.advance(0);
  for (const { leases } of [first, second]) leases.mode = 'fails';
  await clock.advance(12_499);
  assert.deepEqual(first.events, ['lead']);
  await clock.advance(1);
  assert.deepEqual(first.events, ['lead', 'expired']);
  second.leases.mode = 'works';
  await clock.advance(3000);
  second.leases.mode = 'fails';
  await clock.advance(3100);
  assert.ok((await leases.acquire('test', 'c', 60_000)) !== undefined);
  second.leases.mode = 'works';
  await clock.advance(1000);
  assert.deepEqual(second.events, ['lead', 'taken']);
});

test('after an outage that outlasts the lease, whoever led before leads on, whoever asks first', async () => {
  const { clock, contend } = build();
  const [first, second] = [contend('a'), contend('b')];
  await clock.advance(0);
  for (const { leases } of [first, second]) leases.mode = 'fails';
  await clock.advance(10_000);
  second.leases.mode = 'works';
  await clock.advance(1000);
  first.leases.mode = 'works';
  await clock.advance(10_000);
  assert.deepEqual([first.events, second.events], [['lead'], []]);
});

test('after an outage in which the leader died, the standby leads within 5 s', async () => {
  const { clock, contend } = build();
  const [first, second] = [contend('a'), contend('b')];
  await clock.advance(0);
  for (const { leases } of [first, second]) leases.mode = 'fails';
  await clock.advance(10_000);
  first.leases.mode = 'hangs';
  second.leases.mode = 'works';
  await clock.advance(5000);
  assert.deepEqual(second.events, ['lead']);
});

test('a fenced leader stands by at once, and leads again only under a later token', async () => {
  const { clock, contend } = build();
  const { leadership, events, tokens } = contend('a');
  await clock.advance(0);
  leadership.fenced(tokens[0] ?? 0);
  assert.deepEqual([leadership.state(), events], ['standby', ['lead', 'fenced']]);
  await clock.advance(3000);
  assert.deepEqual(events, ['lead', 'fenced', 'lead']);
  assert.ok((tokens[1] ?? 0) > (tokens[0] ?? 0));
});

test('a stopped leadership leaves no timer, and ignores a late answer', async () => {
  const { clock, contend } = build();
  const { leadership, events } = contend('a');
  await leadership.stop();
  await clock.advance(5000);
  assert.deepEqual([events, clock.pending], [[], 0]);
});
