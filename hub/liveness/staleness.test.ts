import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FanoutError, type SourceStatus } from '#fanout/ports.ts';
import { createOpenAuthenticator } from '#hub/auth/authenticator.ts';
import { createHubCounts } from '#hub/counts.ts';
import { createSmallHub, type FakeSocket, noBarrier, symbolOf } from '#hub/fixtures.ts';
import type { Session } from '#hub/session/session.ts';
import { codecs } from '#protocol/codec.ts';
import { createLogger } from '#runtime/logger.ts';
import { createStaleness } from './staleness.ts';

const limits = { staleAfterMs: 1000, sourceStaleAfterMs: 2000 };
const epochMs = Date.parse('2024-09-14T12:00:00.000Z');
const well = {
  instance: 'a',
  symbols: 1,
  published: 1,
  rejected: {},
  gaveUp: 0,
  venueGaps: 0,
  reconnects: 0,
};

/** The watch over a fanout of two parts and the sources of AAPL, with a clock that the test moves. */
class Stage {
  nowMs = 0;
  available = true;
  silent: readonly string[] = [];
  catchingUp = false;
  reports: readonly SourceStatus[] | undefined = [];
  announced: ReadonlySet<string> = new Set();
  readonly counts = createHubCounts();
  readonly sessions = new Set<Session>();
  readonly rounds: (() => void)[] = [];
  readonly staleness = createStaleness(
    {
      fanout: {
        available: () => this.available,
        live: {
          listen: () => undefined,
          subscribe: async () => undefined,
          unsubscribe: () => undefined,
          silentParts: () => this.silent,
          partCount: () => 2,
          partOf: (symbol) => (symbol === 'AAPL' ? 'north' : 'south'),
        },
        directory: { sources: async () => this.#read() },
      },
      announced: () => this.announced,
      sourceOf: (symbol) => (symbol === 'AAPL' ? 'nasdaq' : undefined),
      catchingUp: () => this.catchingUp,
      now: () => epochMs + this.nowMs,
      elapsedMs: () => this.nowMs,
      sessions: this.sessions,
      nextRound: (work) => this.rounds.push(work),
      counts: this.counts.stale,
      log: createLogger('hub', 'silent'),
      barrier: noBarrier,
    },
    limits,
  );
  readonly #hub = createSmallHub();

  /** A session; when it `holds`, AAPL. */
  connect(holds: boolean, codec = codecs.json): { readonly session: Session; readonly socket: FakeSocket } {
    const connected = this.#hub.connect(codec);
    connected.session.identity = createOpenAuthenticator().anonymous;
    this.sessions.add(connected.session);
    if (holds) {
      const group = this.#hub.groups.join(connected.session, this.#hub.feed, 0);
      assert.ok(group !== undefined);
      connected.session.attachments.set(this.#hub.feed.symbol, group);
    }
    return connected;
  }

  /** Time passes, with a look at everything before and after. */
  async pass(ms: number): Promise<void> {
    await this.staleness.refresh();
    this.staleness.look();
    this.nowMs += ms;
    await this.staleness.refresh();
    this.staleness.look();
    for (let work = this.rounds.shift(); work !== undefined; work = this.rounds.shift()) work();
  }

  #read(): readonly SourceStatus[] {
    if (this.reports === undefined) throw new FanoutError('unavailable', 'away');
    return this.reports;
  }
}

const report = (state: SourceStatus['state'], source = 'nasdaq'): SourceStatus => ({
  ...well,
  source,
  state,
});

const awayMessage = { type: 'stale', reason: 'fanout_unavailable', since: '2024-09-14T12:00:00.000Z' };
const freshAgain = { type: 'fresh', reason: 'fanout_unavailable' };

describe('a hub without its fanout', () => {
  test('tells every session once, in its own format', async () => {
    const stage = new Stage();
    const sockets = [stage.connect(true).socket, stage.connect(false, codecs.msgpack).socket];
    stage.available = false;
    await stage.pass(1000);
    await stage.pass(1000);
    for (const { sent } of sockets) assert.deepEqual(sent, [awayMessage]);
    assert.equal(stage.counts.stale.fanout_unavailable, 1);
  });

  test('says nothing of a blink', async () => {
    const stage = new Stage();
    const { socket } = stage.connect(true);
    stage.available = false;
    await stage.pass(999);
    stage.available = true;
    await stage.pass(5000);
    assert.deepEqual(socket.sent, []);
  });

  test('says fresh when it is back and what was missed has been read', async () => {
    const stage = new Stage();
    const { socket } = stage.connect(true);
    stage.available = false;
    await stage.pass(1000);
    stage.available = true;
    stage.catchingUp = true;
    await stage.pass(5000);
    assert.equal(socket.sent.length, 1);
    stage.catchingUp = false;
    await stage.pass(1000);
    assert.deepEqual(socket.sent, [awayMessage, freshAgain]);
    assert.deepEqual(stage.counts.stale, { fanout_unavailable: 0, source_stale: 0 });
  });

  test('tells a new session at once', async () => {
    const stage = new Stage();
    stage.available = false;
    await stage.pass(1000);
    const { session, socket } = stage.connect(false);
    stage.staleness.welcome(session);
    assert.deepEqual(socket.sent, [awayMessage]);
  });

  test('visits thousands of sessions over several rounds, and newcomers among them', async () => {
    const stage = new Stage();
    const sockets = Array.from({ length: 1200 }, () => stage.connect(false).socket);
    stage.available = false;
    stage.staleness.look();
    stage.nowMs = 1000;
    stage.staleness.look();
    const told = (): number => sockets.filter(({ sent }) => sent.length === 1).length;
    assert.equal(told(), 500);
    sockets.push(stage.connect(false).socket);
    await stage.pass(0);
    assert.equal(told(), 1201);
  });

  test('that hears a part of it says so to those who hold symbols of the other part', async () => {
    const stage = new Stage();
    const holds = stage.connect(true);
    const other = stage.connect(false);
    stage.silent = ['north'];
    await stage.pass(1000);
    assert.deepEqual(holds.socket.sent, [{ ...awayMessage, symbols: ['AAPL'] }]);
    assert.deepEqual(other.socket.sent, []);
    stage.available = false; // now all of it
    await stage.pass(1000);
    assert.deepEqual(holds.socket.sent.slice(1), [freshAgain, awayMessage]);
  });
});

test('a session without a token is told nothing of causes that begin and end, and what holds once it is let in', async () => {
  const stage = new Stage();
  const { session, socket } = stage.connect(true);
  const { identity } = session;
  session.identity = undefined;
  stage.reports = [report('leading')];
  await stage.pass(0);
  stage.reports = [report('stale')];
  stage.available = false;
  await stage.pass(2000);
  stage.reports = [report('leading')];
  await stage.pass(0);
  assert.deepEqual(socket.sent, []);
  session.identity = identity;
  stage.staleness.welcome(session);
  stage.available = true;
  await stage.pass(1000);
  assert.deepEqual(socket.sent, [awayMessage, freshAgain]);
});

test('a hub is deaf while no part of its fanout is heard, and not while one is or for a blink', async () => {
  const stage = new Stage();
  stage.silent = ['north', 'south'];
  await stage.pass(999);
  assert.equal(stage.staleness.deaf(), false);
  await stage.pass(1);
  assert.equal(stage.staleness.deaf(), true);
  stage.silent = ['north'];
  await stage.pass(1000);
  assert.equal(stage.staleness.deaf(), false);
  stage.available = false;
  await stage.pass(1000);
  assert.equal(stage.staleness.deaf(), true);
  stage.available = true;
  stage.silent = [];
  await stage.pass(1000);
  assert.equal(stage.staleness.deaf(), false);
});

describe('a silent source', () => {
  const staleMessage = {
    ...{ type: 'stale', reason: 'source_stale', source: 'nasdaq' },
    ...{ since: '2024-09-14T12:00:00.000Z', symbols: ['AAPL'] },
  };

  for (const [name, reports] of [
    ['whose venue is silent', [report('stale')]],
    ['that nobody leads', [report('standby')]],
    ['whose adapters are gone', []],
  ] as const)
    test(`${name} is told to those who hold its symbols`, async () => {
      const stage = new Stage();
      const holds = stage.connect(true);
      const other = stage.connect(false);
      stage.reports = [report('leading'), report('standby')];
      await stage.pass(0);
      stage.reports = reports;
      await stage.pass(2000);
      assert.deepEqual(holds.socket.sent, [staleMessage]);
      assert.deepEqual(other.socket.sent, []);
      stage.reports = [report('leading')];
      await stage.pass(0);
      assert.deepEqual(holds.socket.sent.slice(1), [
        { type: 'fresh', reason: 'source_stale', source: 'nasdaq' },
      ]);
    });

  test('is not one that hands over to another adapter in time', async () => {
    const stage = new Stage();
    const { socket } = stage.connect(true);
    stage.reports = [report('leading')];
    await stage.pass(0);
    stage.reports = [report('connecting')];
    await stage.pass(1999);
    stage.reports = [report('leading')];
    await stage.pass(5000);
    assert.deepEqual(socket.sent, []);
  });

  test('is not one whose reports could not be read', async () => {
    const stage = new Stage();
    const { socket } = stage.connect(true);
    stage.reports = [report('leading')];
    await stage.pass(0);
    stage.reports = undefined;
    await stage.pass(60_000);
    stage.reports = []; // they have expired meanwhile
    await stage.pass(1000);
    assert.deepEqual(socket.sent, []);
  });

  test('is one too that the catalogue names and nobody ever reported, but that is counted apart', async () => {
    const stage = new Stage();
    const { socket } = stage.connect(true);
    const held = createSmallHub().feed.symbol;
    stage.announced = new Set(['nasdaq']);
    await stage.pass(1999);
    assert.deepEqual(socket.sent, []);
    assert.equal(stage.staleness.unreported([held]), 0);
    await stage.pass(1);
    assert.deepEqual(socket.sent, [staleMessage]);
    assert.equal(stage.counts.stale.source_stale, 0);
    assert.equal(stage.staleness.unreported([held, symbolOf('MSFT')]), 1);
  });

  test('is not one that neither reports nor has symbols', async () => {
    const stage = new Stage();
    const { socket } = stage.connect(true);
    await stage.pass(60_000);
    assert.deepEqual(socket.sent, []);
  });

  test('is told to who asks for its symbols later', async () => {
    const stage = new Stage();
    stage.reports = [report('stale')];
    await stage.pass(2000);
    const { session, socket } = stage.connect(false);
    stage.staleness.welcome(session);
    stage.staleness.tell(session, [createSmallHub().feed.symbol]);
    assert.deepEqual(socket.sent, [staleMessage]);
    assert.equal(stage.staleness.has(createSmallHub().feed.symbol), true);
  });
});
