import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFixture } from './file-fixtures.ts';
import { scanFileSymbols, scanLimits } from './scan-file-symbols.ts';

const content = 'symbol,time,price\nIBM,1,2\nAAPL,1,2\nIBM,2,3\nbad symbol,1,2\nMSFT,1,2\n';

test('every valid symbol of the file is found once', async (t) => {
  const path = await writeFixture(t, 'a.csv', content);
  assert.deepEqual(await scanFileSymbols({ path }, scanLimits), {
    symbols: ['IBM', 'AAPL', 'MSFT'],
    complete: true,
  });
});

test('a scan that meets a limit says that it is not complete', async (t) => {
  const path = await writeFixture(t, 'a.csv', content);
  assert.deepEqual(await scanFileSymbols({ path }, { ...scanLimits, symbolsMax: 2 }), {
    symbols: ['IBM', 'AAPL'],
    complete: false,
  });
  assert.deepEqual(await scanFileSymbols({ path }, { ...scanLimits, rowsMax: 1 }), {
    symbols: ['IBM'],
    complete: false,
  });
});

test('a file without any valid symbol is refused', async (t) => {
  const path = await writeFixture(t, 'a.csv', 'symbol,time,price\n?,1,2\n');
  await assert.rejects(scanFileSymbols({ path }, scanLimits), /no row has a valid symbol/);
});
