import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#feed-adapter/clock.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import { createSimulatedVenue } from './simulated.ts';

/** A clock of which the test says what time it is when the venue's turn comes. */
class StallingClock implements Clock {
  #task: (() => void) | undefined;
  #elapsedMs = 0;
  /** What the wall clock was set forward by. */
  stepMs = 0;

  now(): number {
    return 1_731_000_000_000 + Math.floor(this.#elapsedMs) + this.stepMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(_delayMs: number, task: () => void): () => void {
    this.#task = task;
    return () => {
      this.#task = undefined;
    };
  }

  /** The next turn, so many ms later. */
  turn(afterMs: number): void {
    this.#elapsedMs += afterMs;
    this.#task?.();
  }
}

const room = (): number => 100_000;

function run(): { clock: StallingClock; sink: RecordingSink } {
  const clock = new StallingClock();
  const sink = new RecordingSink();
  createSimulatedVenue({ symbols: 10, ticksPerSecond: 50_000, seed: 1 }, { clock, room }).start(sink);
  clock.turn(10);
  sink.ticks.length = 0;
  return { clock, sink };
}

test('after a stall no more than a second is made up for, and the rest is reported', () => {
  const { clock, sink } = run();
  clock.turn(60_000);
  for (let turns = 0; turns < 60; turns++) clock.turn(0);
  assert.ok(Math.abs(sink.ticks.length - 50_000) < 5000, `${sink.ticks.length} ticks`);
  assert.deepEqual(sink.states.length, 2);
  assert.match(sink.states[1] ?? '', /^live: the process was held up: 59\d\d\d ms of trading left out$/);
});

test('what is made up for does not come in one turn', () => {
  const { clock, sink } = run();
  clock.turn(1000);
  assert.equal(sink.ticks.length, 1000);
  clock.turn(10);
  assert.equal(sink.ticks.length, 2000);
});

test('a stall of less than a second loses nothing', () => {
  const { clock, sink } = run();
  clock.turn(900);
  for (let turns = 0; turns < 60; turns++) clock.turn(0);
  assert.ok(Math.abs(sink.ticks.length - 45_000) < 5000, `${sink.ticks.length} ticks`);
  assert.deepEqual(sink.states, ['live']);
});

test('the problem is reported once a second at most, and taken back when it is over', () => {
  const { clock, sink } = run();
  for (let turns = 0; turns < 4; turns++) clock.turn(500);
  const toldWhileStalling = sink.states.filter((state) => state.startsWith('live: ')).length;
  assert.ok(toldWhileStalling <= 2, `told ${toldWhileStalling} times in 2 s`);
  for (let turns = 0; turns < 500; turns++) clock.turn(10);
  assert.equal(sink.states.at(-1), 'live');
});

test('when the wall clock is set, the ticks follow it', () => {
  const { clock, sink } = run();
  for (const stepMs of [3_600_000, -3_600_000]) {
    clock.stepMs = stepMs;
    clock.turn(10);
    const { venueTime = 0 } = sink.ticks.at(-1) ?? {};
    assert.ok(Math.abs(clock.now() - venueTime) <= 10);
  }
});
