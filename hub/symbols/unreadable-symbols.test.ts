import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aapl, symbolOf } from '#hub/fixtures.ts';
import { createUnreadableSymbols } from './unreadable-symbols.ts';

function build(random = 0.5) {
  const clock = { ms: 1000 };
  const symbols = createUnreadableSymbols({ elapsedMs: () => clock.ms, random: () => random });
  /** Fails, and returns for how long it is held back. */
  const pause = (): number => {
    symbols.failed(aapl);
    const from = clock.ms;
    while (symbols.isHeldBack(aapl)) clock.ms += 125;
    return clock.ms - from;
  };
  return { clock, symbols, pause };
}

test('each failure in a row holds the symbol back for twice as long, up to a minute', () => {
  const { pause } = build();
  const pauses = Array.from({ length: 9 }, pause);
  assert.deepEqual(pauses, [375, 750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000]);
});

test('half of a pause is chance', () => {
  assert.deepEqual([build(0).pause(), build(1).pause()], [250, 500]);
});

test('once it could be read it is held back no more, and begins anew', () => {
  const { symbols, pause } = build();
  pause();
  symbols.failed(aapl);
  symbols.mended(aapl);
  assert.equal(symbols.isHeldBack(aapl), false);
  assert.equal(pause(), 375);
});

test('however many there are, memory is bounded', () => {
  const { symbols } = build();
  for (let i = 0; i <= 10_000; i++) symbols.failed(symbolOf(`S${i}`));
  assert.equal(symbols.isHeldBack(symbolOf('S0')), false);
  assert.equal(symbols.isHeldBack(symbolOf('S1')), true);
});
