import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, excerpt, isFields, readJson, rfc3339, sidePrice, wholeNumber } from './fields.ts';

test('a decimal is a number, or text that is wholly one', () => {
  assert.equal(decimal('0.00001305'), 0.00001305);
  assert.equal(decimal('-1.5e3'), -1500);
  assert.equal(decimal(42), 42);
  assert.equal(decimal('1e999'), Number.POSITIVE_INFINITY);
  for (const text of ['', ' ', '0x10', '1,5', 'Infinity', 'NaN', '1 ', '1n'])
    assert.equal(decimal(text), Number.NaN);
  for (const other of [undefined, null, true, [], ['1'], {}]) assert.equal(decimal(other), undefined);
});

test('a side without orders is written 0 and has no price', () => {
  assert.equal(sidePrice('0.00000000'), undefined);
  assert.equal(sidePrice(0), undefined);
  assert.equal(sidePrice('0.5'), 0.5);
});

test('a whole number is one that a double holds exactly', () => {
  assert.equal(wholeNumber(0), 0);
  assert.equal(wholeNumber(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  for (const other of [-1, 1.5, 2 ** 53, Number.NaN, '1', null, undefined])
    assert.equal(wholeNumber(other), undefined);
});

test('RFC 3339 is read to the millisecond, whatever its precision and zone', () => {
  const expected = Date.UTC(2021, 3, 17, 16, 43, 30, 244);
  assert.equal(rfc3339('2021-04-17T16:43:30.244075Z'), expected);
  assert.equal(rfc3339('2021-04-17T16:43:30.244999999Z'), expected);
  assert.equal(rfc3339('2021-04-17T18:43:30.244+02:00'), expected);
  assert.equal(rfc3339('2021-04-17T16:43:30Z'), expected - 244);
  assert.equal(rfc3339('2021-04-17T16:43:30.2Z'), expected - 44);
});

test('text that is no time is NaN, and no text is undefined', () => {
  for (const text of ['', 'now', '2021-04-17', '2021-13-41T99:99:99Z', '2021-04-17T16:43:30'])
    assert.equal(rfc3339(text), Number.NaN);
  for (const other of [undefined, null, 1_618_677_810_244, {}]) assert.equal(rfc3339(other), undefined);
});

test('only an object has fields', () => {
  assert.equal(isFields({}), true);
  for (const other of [null, [], 'text', 1, undefined]) assert.equal(isFields(other), false);
});

test('what is no JSON is said so instead of thrown', () => {
  assert.deepEqual(readJson('{"a":1}'), { ok: true, value: { a: 1 } });
  assert.deepEqual(readJson('{"a":'), { ok: false });
});

test("a venue's own words are cut and cleaned before they are shown", () => {
  assert.equal(excerpt('bad\n\u001b[31mred'), 'bad??[31mred');
  assert.equal(excerpt('x'.repeat(5000)).length, 200);
  assert.equal(excerpt({ toString: 1 }), '(no text)');
});
