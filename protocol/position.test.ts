import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatPosition, parsePosition } from './position.ts';

const number = fc.maxSafeNat();

test('a position comes back from its text', () => {
  fc.assert(
    fc.property(number, number, (epoch, seq) => {
      assert.deepEqual(parsePosition(formatPosition({ epoch, seq })), { epoch, seq });
    }),
  );
});

test('a position is written as the id of its stream entry', () => {
  assert.equal(formatPosition({ epoch: 1_731_000_000_000, seq: 41 }), '1731000000000-41');
});

test('what is no position is refused', () => {
  const texts = ['', '-', '1-', '-1', '1--1', '1-1-1', ' 1-1', '1-1\n', '1.5-1', '1e3-1', '0x1-1', '١-١'];
  for (const value of [
    ...texts,
    '9007199254740992-0',
    '0-9007199254740993',
    '1'.repeat(17),
    7,
    null,
    {},
    ['1-1'],
  ])
    assert.equal(parsePosition(value), undefined, JSON.stringify(value));
});
