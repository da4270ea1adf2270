import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Update } from '#client/mod.ts';
import { createLines } from './lines.ts';

function update(symbol: string, price: number, more: Partial<Update> = {}): Update {
  const timestamp = '2024-09-14T12:34:56.789Z';
  return { symbol, epoch: 7, from: 4, seq: 4, price, timestamp, bid: 1.5, size: 100, ...more };
}

describe('a line', () => {
  test('has its columns under those of the header', () => {
    const lines = createLines(['AAPL', 'BTC-USD'], false);
    const texts = [
      lines.header,
      lines.line(update('AAPL', 150.1)),
      lines.line(update('BTC-USD', 97_123.456, { from: 2 })),
    ];
    const [header = '', ...rows] = texts;
    for (const name of ['price', 'bid', 'size', 'seq']) {
      const end = header.indexOf(name) + name.length;
      for (const row of rows) assert.match(row.slice(end - 1, end + 1), /^\S\s?$/, `${name} in "${row}"`);
    }
    assert.match(rows[0] ?? '', /^AAPL +150\.10 +- +1\.50 +- +100 +12:34:56\.789 +4$/);
    assert.match(rows[1] ?? '', / 97123\.456 +- +1\.500 .* 2-4$/);
  });

  test('shows the change to the price before it of the same symbol', () => {
    const lines = createLines(['A', 'B'], false);
    lines.line(update('A', 0.3));
    lines.line(update('B', 50));
    assert.match(lines.line(update('A', 0.1)), / -0\.20 /);
    assert.match(lines.line(update('A', 0.4)), / \+0\.30 /);
  });

  test('shows prices and sizes as they came, however small, with the decimals of the finest of its symbol', () => {
    const lines = createLines(['PEPE', 'USD/JPY'], false);
    const small = (price: number, size: number): string =>
      lines.line(update('PEPE', price, { bid: 2e-10, size }));
    assert.match(small(2.59e-10, 1e-8), / 0\.000000000259 +- +0\.000000000200 +- +0\.00000001 /);
    assert.match(small(2.6e-10, 1_000_000), / 0\.000000000260 +\+0\.000000000001 .* 1000000 /);
    assert.match(lines.line(update('USD/JPY', 151.234)), / 151\.234 /);
    assert.match(lines.line(update('USD/JPY', 151.2)), / 151\.200 +-0\.034 /);
    assert.match(lines.line(update('USD/JPY', 0.1 + 0.2)), / 0\.300 /);
  });

  test('is coloured only where that is wanted and the price moved', () => {
    const [plain, coloured] = [createLines(['A'], false), createLines(['A'], true)];
    const controlCharacter = String.fromCharCode(27);
    for (const lines of [plain, coloured]) assert.ok(!lines.line(update('A', 1)).includes(controlCharacter));
    assert.ok(!plain.line(update('A', 2)).includes(controlCharacter));
    assert.ok(coloured.line(update('A', 2)).startsWith(`${controlCharacter}[32m`));
    assert.ok(coloured.line(update('A', 1)).startsWith(`${controlCharacter}[31m`));
  });

  test('says that a last known price is no event', () => {
    const lines = createLines(['A'], false);
    assert.match(lines.line(update('A', 1, { snapshot: true })), /4 \(last known\)$/);
  });
});
