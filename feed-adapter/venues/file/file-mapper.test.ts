import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tickFlags } from '#protocol/tick.ts';
import type { FileRow } from './file-columns.ts';
import { mapFileRow } from './file-mapper.ts';

function timeOf(time: unknown, unit?: 's' | 'ms' | 'us' | 'ns'): number | string | undefined {
  const tick = mapFileRow({ symbol: 'IBM', time, price: '1' }, unit);
  return typeof tick === 'string' ? tick : tick.venueTime;
}

test('a row with a price is a trade, with all that the file says of it', () => {
  const row: FileRow = {
    symbol: 'IBM',
    time: '2013-10-07T08:00:30.270Z',
    price: '181.52',
    size: '283',
    bid: '181.5',
    ask: '181.6',
    volume: '1283',
    tradeId: '77',
    conditions: '20002020',
    suspicious: '1',
  };
  assert.deepEqual(mapFileRow(row, undefined), {
    symbol: 'IBM',
    venueTime: 1_381_132_830_270,
    price: 181.52,
    size: 283,
    bid: 181.5,
    ask: 181.6,
    volume: 1283,
    tradeId: '77',
    conditions: '20002020',
    flags: tickFlags.suspect,
  });
});

test('a row with one side only is a quote without a price', () => {
  const row: FileRow = {
    symbol: 'IBM',
    time: '1381132830',
    price: '',
    bid: '',
    ask: '183.63',
    suspicious: '0',
  };
  assert.deepEqual(mapFileRow(row, undefined), {
    symbol: 'IBM',
    venueTime: 1_381_132_830_000,
    ask: 183.63,
  });
});

test('a side of 0 is a side without orders', () => {
  assert.deepEqual(mapFileRow({ symbol: 'IBM', time: 0, bid: '0', ask: '2' }, undefined), {
    symbol: 'IBM',
    venueTime: 0,
    ask: 2,
  });
  assert.equal(mapFileRow({ symbol: 'IBM', time: 0, bid: '0.00' }, undefined), 'missing_field');
});

test('times are ISO 8601 or seconds to nanoseconds since 1970, and are cut to ms', () => {
  const same = [
    '2013-10-07T08:00:30.270Z',
    '2013-10-07 08:00:30.270999',
    '2013-10-07T04:00:30.270-04:00',
    '1381132830.270',
    1_381_132_830.27,
    '1381132830270',
    '1381132830270999',
    '1381132830270000000',
    1_381_132_830_270_000_000,
  ];
  for (const time of same) assert.equal(timeOf(time), 1_381_132_830_270, String(time));
});

test('a unit that was named is taken, however large the number', () => {
  assert.equal(timeOf('5', 's'), 5000);
  assert.equal(timeOf('5000', 'ms'), 5000);
  assert.equal(timeOf(5_000_000, 'us'), 5000);
  assert.equal(timeOf(5_000_000_000, 'ns'), 5000);
});

test('a time that is none is malformed, one that is not there is a missing field', () => {
  for (const time of ['yesterday', '2013-13-07T08:00:30Z', '1e999', true, [1], {}])
    assert.equal(timeOf(time), 'malformed', String(time));
  for (const time of ['', null, undefined]) assert.equal(timeOf(time), 'missing_field');
});

test('a row without symbol or any price is rejected', () => {
  assert.equal(mapFileRow({ time: 1, price: '1' }, undefined), 'missing_field');
  assert.equal(mapFileRow({ symbol: 7, time: 1, price: '1' }, undefined), 'missing_field');
  assert.equal(mapFileRow({ symbol: 'IBM', time: 1, size: '1' }, undefined), 'missing_field');
});

test('a price that is no number stays NaN, for the normaliser to refuse and count', () => {
  const tick = mapFileRow({ symbol: 'IBM', time: 1, price: 'n/a' }, undefined);
  assert.ok(typeof tick !== 'string' && Number.isNaN(tick.price));
});

test('whatever a row holds, it is a tick with a time or a reason', () => {
  const anything = fc.anything();
  const row = fc.record({ symbol: anything, time: anything, price: anything, bid: anything, size: anything });
  fc.assert(
    fc.property(row, (values) => {
      const mapped = mapFileRow(values, undefined);
      assert.ok(typeof mapped === 'string' || Number.isFinite(mapped.venueTime));
    }),
  );
});
