import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Coverage,
  disconnected,
  nothingHeld,
  reset,
  subscribed,
  update,
  violationKinds,
} from '#loadtest/judge/reference-judge.ts';
import { correctStreams, mistaken, type Told } from '#loadtest/judge/stream-fixtures.ts';
import { keyOfText } from '#loadtest/swarm/dialect/symbol-key.ts';
import { formatPosition } from '#protocol/position.ts';
import { Ledger } from './ledger.ts';

const symbols = ['AAPL', 'MSFT'];
const sockets = [0, 1];

/** What a judge says to one message; `ok` where there is nothing to count. */
type Verdict = string;

/** One judge for all sockets and symbols. */
interface Judge {
  take(socket: number, symbol: string, told: Told): Verdict;
  /** What the socket could resume from, and the last number that it holds. */
  held(socket: number, symbol: string): { since: string | undefined; seq: number | undefined };
}

function createReference(): Judge {
  const coverage = new Map<string, Coverage>();
  const nameOf = (socket: number, symbol: string) => `${socket} ${symbol}`;
  const heldOf = (socket: number, symbol: string) => coverage.get(nameOf(socket, symbol)) ?? nothingHeld;
  return {
    take(socket, symbol, told) {
      if (told.type === 'disconnected') {
        for (const each of symbols) coverage.set(nameOf(socket, each), disconnected(heldOf(socket, each)));
        return 'ok';
      }
      const before = heldOf(socket, symbol);
      const { held, violation } =
        told.type === 'update'
          ? update(before, told.data)
          : told.type === 'reset'
            ? reset(before, told.position)
            : subscribed(before, told.answer);
      coverage.set(nameOf(socket, symbol), held);
      if (violation !== undefined) return violation.kind;
      if (told.type !== 'update') return 'ok';
      return told.data.snapshot ? 'snapshot' : 'live';
    },
    held(socket, symbol) {
      const { place, due } = heldOf(socket, symbol);
      const isSeen = due === 'nothing' || due === 'subscribed';
      return {
        since: isSeen && place !== undefined ? formatPosition(place) : undefined,
        seq: due === 'snapshot' ? undefined : (place?.seq ?? -1),
      };
    },
  };
}

function createFast(): Judge {
  const found: string[] = [];
  const ledger = new Ledger(sockets.length, symbols.length, 'subscribed', (kind) => found.push(kind));
  for (const socket of sockets) for (const symbol of symbols) ledger.enter(socket, keyOfText(symbol));
  const takeUpdate = (socket: number, symbol: string, told: Told): Verdict => {
    if (told.type === 'update') {
      const { seq, from = seq, snapshot = false } = told.data;
      return ledger.update(socket, keyOfText(symbol), from, seq, snapshot);
    }
    if (told.type === 'disconnected') ledger.disconnected(socket);
    else if (told.type === 'reset') ledger.reset(socket, symbol, told.position);
    else ledger.subscribed(socket, symbol, told.answer);
    return 'ok';
  };
  return {
    take(socket, symbol, told) {
      const verdict = takeUpdate(socket, symbol, told);
      const kinds = found.splice(0).join();
      assert.equal(
        verdict === 'wrong',
        told.type === 'update' && kinds !== '',
        'wrong, and nothing else, is told',
      );
      return kinds === '' ? verdict : kinds;
    },
    held: (socket, symbol) => ({
      since: ledger.since(socket, symbol),
      seq: ledger.heldOf(socket, keyOfText(symbol)),
    }),
  };
}

/** Streams of both symbols at both sockets, one message of each in turn. */
function interleaved(streams: fc.Arbitrary<readonly Told[]>) {
  const places = sockets.flatMap((socket) => symbols.map((symbol) => ({ socket, symbol })));
  return fc.tuple(...places.map(() => streams)).map((all) => {
    const longest = Math.max(...all.map((stream) => stream.length));
    return Array.from({ length: longest }, (_, turn) =>
      places.flatMap((place, index) => {
        const told = all[index]?.[turn];
        return told === undefined ? [] : [{ ...place, told }];
      }),
    ).flat();
  });
}

test('both judges find nothing in what a correct hub tells', () => {
  fc.assert(
    fc.property(correctStreams, (stream) => {
      for (const judge of [createReference(), createFast()])
        for (const told of stream) {
          const verdict = judge.take(0, 'AAPL', told);
          assert.ok(['ok', 'live', 'snapshot'].includes(verdict), `${verdict}: ${JSON.stringify(told)}`);
        }
    }),
    { numRuns: 1000 },
  );
});

test('the ledger says of every message what the reference judge says, and counts and holds the same', () => {
  const seen = new Map<Verdict, number>();
  fc.assert(
    fc.property(interleaved(mistaken(correctStreams)), (messages) => {
      const reference = createReference();
      const fast = createFast();
      for (const { socket, symbol, told } of messages) {
        const verdict = reference.take(socket, symbol, told);
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
        assert.equal(fast.take(socket, symbol, told), verdict, JSON.stringify(told));
        for (const each of symbols)
          assert.deepEqual(fast.held(socket, each), reference.held(socket, each), JSON.stringify(told));
      }
    }),
    { numRuns: 1000 },
  );
  for (const verdict of ['ok', 'live', 'snapshot', ...violationKinds])
    assert.ok(seen.has(verdict), `the streams lead to ${verdict}`);
});

test('an update that a correct hub sent and that got lost is a gap, or the snapshot that was due', () => {
  fc.assert(
    fc.property(correctStreams, fc.nat(), (stream, pick) => {
      const updates = stream.flatMap(({ type }, index) => (type === 'update' ? [index] : []));
      const lost = updates[pick % updates.length] ?? 0;
      const next = stream[lost + 1];
      if (next?.type !== 'update' || next.data.snapshot) return; // nothing after it shows the loss
      const [before, gone] = [createReference(), createReference()];
      for (const told of stream.slice(0, lost))
        for (const judge of [before, gone]) judge.take(0, 'AAPL', told);
      before.take(0, 'AAPL', stream[lost] as Told);
      const isNews = before.held(0, 'AAPL').seq !== gone.held(0, 'AAPL').seq;
      const verdict = gone.take(0, 'AAPL', next);
      if (isNews) assert.match(verdict, /^(gap|missing_snapshot)$/);
    }),
    { numRuns: 1000 },
  );
});
