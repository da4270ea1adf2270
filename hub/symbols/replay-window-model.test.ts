import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aapl, tickOf } from '#hub/fixtures.ts';
import type { ResetReason } from '#protocol/messages.ts';
import type { Tick, ToldTick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { ReplayWindow } from './replay-window.ts';
import { createSlabs, type Slabs } from './slabs.ts';

/** What a log is to do, with its ticks in an array. */
class Model {
  epoch = -1;
  first = 0;
  ticks: Tick[] = [];
  unbrokenFrom = 0;
  floor: ResetReason | undefined;

  get last(): number {
    return this.first + this.ticks.length - 1;
  }
  prepend(older: readonly { tick: Tick; position: { epoch: number; seq: number } }[]): void {
    for (const { tick, position } of older) {
      if (this.epoch === -1) {
        this.epoch = position.epoch;
        this.first = position.seq + 1;
        this.unbrokenFrom = this.first;
      }
      if (position.epoch !== this.epoch) this.floor = 'epoch_changed';
      else if (this.ticks[0]?.gaveUp !== undefined) this.floor = 'history_unavailable';
      else this.floor = position.seq === this.first - 1 ? undefined : 'history_trimmed';
      if (this.floor !== undefined) break;
      this.ticks.unshift(tick);
      this.first--;
    }
    const givesUp = this.ticks[0]?.gaveUp !== undefined;
    if (givesUp) this.floor ??= 'history_unavailable';
    this.unbrokenFrom = Math.min(this.unbrokenFrom, givesUp ? this.first + 1 : this.first);
  }
  drop(count: number): void {
    this.ticks.splice(0, count);
    this.first += count;
    this.floor = undefined;
  }
}

/** A step that both take; `seed` makes its ticks differ, in length as well. */
type Step =
  | { readonly do: 'append'; readonly count: number; readonly seed: number }
  | { readonly do: 'prepend'; readonly count: number; readonly seed: number; readonly hole: boolean }
  | { readonly do: 'drop'; readonly count: number; readonly entriesMax: number }
  | { readonly do: 'restart' | 'ends_here' };

const seed = fc.nat(1000);
const count = fc.integer({ min: 1, max: 90 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), count, seed }) },
  fc.record({ do: fc.constant('prepend' as const), count, seed, hole: fc.boolean() }),
  fc.record({ do: fc.constant('drop' as const), count, entriesMax: fc.integer({ min: 1, max: 40 }) }),
  fc.constantFrom({ do: 'restart' as const }, { do: 'ends_here' as const }),
);

function tickFor(seq: number, variety: number): Tick {
  const kind = (seq * 31 + variety) % 23;
  return tickOf(seq, {
    ...(kind < 5 && { size: kind, bid: seq - 1 }),
    ...(kind === 7 && { tradeId: 'x'.repeat(variety % 300) }),
    ...(kind === 8 && { gaveUp: 2 }),
    ...(kind === 9 && { high: seq + variety, low: seq - variety }),
  });
}

function run(log: ReplayWindow, model: Model, one: Step): void {
  switch (one.do) {
    case 'append':
      if (model.epoch === -1) return;
      for (let i = 0; i < one.count; i++) {
        const tick = { ...tickFor(model.last + 1, one.seed) };
        const payload = encodeTick(tick);
        log.append(Buffer.concat([Buffer.from('before'), payload]), 6);
        model.ticks.push(tick);
      }
      return;
    case 'prepend': {
      const before = model.epoch === -1 ? 10_000 : model.first - (one.hole ? 1 : 0);
      const epoch = model.epoch === -1 ? 7 : model.epoch;
      const older = Array.from({ length: one.count }, (_, i) => ({
        tick: tickFor(before - 1 - i, one.seed),
        position: { epoch, seq: before - 1 - i },
      }));
      log.prepend(older);
      model.prepend(older);
      return;
    }
    case 'drop': {
      const drop = Math.min(one.count, model.ticks.length - 1);
      if (drop <= 0) return;
      log.dropBefore(model.first + drop, one.entriesMax);
      model.drop(drop);
      return;
    }
    case 'restart':
      log.restart(model.epoch + 1, 500, 'epoch_changed');
      Object.assign(model, {
        epoch: model.epoch + 1,
        first: 500,
        ticks: [],
        unbrokenFrom: 500,
        floor: 'epoch_changed',
      });
      return;
    case 'ends_here':
      log.endsHere();
      model.floor = model.ticks[0]?.gaveUp === undefined ? 'history_trimmed' : 'history_unavailable';
  }
}

function assertSame(log: ReplayWindow, model: Model): void {
  const { epoch, first, last, size, unbrokenFrom, floor, newest } = log;
  assert.deepEqual(
    { epoch, first, last, size, unbrokenFrom, floor, newest },
    {
      epoch: model.epoch,
      first: model.first,
      last: model.last,
      size: model.ticks.length,
      unbrokenFrom: model.unbrokenFrom,
      floor: model.floor,
      newest: toldOf(model.ticks.at(-1)),
    },
  );
  if (size > 0) assertSamePrices(log, model, Math.floor((first + last) / 2));
  for (let seq = first - 1; seq <= last + 1; seq++)
    assert.deepEqual(log.at(seq), toldOf(model.ticks[seq - first]));
}

function assertSamePrices(log: ReplayWindow, model: Model, from: number): void {
  const ticks = model.ticks.slice(from - model.first);
  const highest = Math.max(...ticks.map(({ price, high = price }) => high));
  const lowest = Math.min(...ticks.map(({ price, low = price }) => low));
  assert.deepEqual([log.highest(from, log.last), log.lowest(from, log.last)], [highest, lowest]);
}

/** Clients are told no texts, so the log keeps none. */
function toldOf(tick: Tick | undefined): ToldTick | undefined {
  if (tick === undefined) return undefined;
  const { source: _source, tradeId: _tradeId, conditions: _conditions, ...told } = tick;
  return told;
}

test('a log of bytes does what one with its ticks in an array does, beside others in the same slabs', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), step), { maxLength: 40 }), (steps) => {
      const slabs: Slabs = createSlabs();
      const pairs = [0, 1, 2].map(() => ({ log: new ReplayWindow(aapl, slabs), model: new Model() }));
      for (const [which, one] of steps) {
        const pair = pairs[which];
        if (pair !== undefined) run(pair.log, pair.model, one);
        for (const { log, model } of pairs) assertSame(log, model);
      }
    }),
    { numRuns: 60 },
  );
});
