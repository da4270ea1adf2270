import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLiveMessageHead } from './live-message.ts';

const headOf = (text: string) => {
  const head = { epoch: 0, seq: 0, payloadAt: 0 };
  const bytes = Buffer.from(text, 'latin1');
  return readLiveMessageHead(bytes, 0, bytes.length, head) ? head : undefined;
};

test('the head of a message is its position and where the payload begins', () => {
  assert.deepEqual(headOf('1731000000000-45 x'), { epoch: 1731000000000, seq: 45, payloadAt: 17 });
  assert.deepEqual(headOf('0-0 '), { epoch: 0, seq: 0, payloadAt: 4 });
});

test('a payload may hold blanks, dashes and any byte', () => {
  assert.deepEqual(headOf('7-8 -9 \xff\x00'), { epoch: 7, seq: 8, payloadAt: 4 });
});

test('what has no such head is refused', () => {
  for (const text of ['', '-', '1', '1-', '1-2', '-2 x', 'a-2 x', '1-b x', '1 -2 x', '1-2x', ' 1-2 x'])
    assert.equal(headOf(text), undefined, JSON.stringify(text));
});

test('the head is read from the middle of other bytes, and not beyond the end', () => {
  const head = { epoch: 0, seq: 0, payloadAt: 0 };
  const bytes = Buffer.from('9991-23 x');
  assert.equal(readLiveMessageHead(bytes, 3, bytes.length, head), true);
  assert.deepEqual(head, { epoch: 1, seq: 23, payloadAt: 8 });
  for (let end = 3; end < 8; end++) assert.equal(readLiveMessageHead(bytes, 3, end, head), false);
});

test('numbers of more than 16 digits are refused, as no position has them', () => {
  assert.equal(headOf('12345678901234567-1 x'), undefined);
  assert.equal(headOf('1-12345678901234567 x'), undefined);
});

test('numbers from 2^53 on are refused: who counts up to them never arrives', () => {
  const limit = Number.MAX_SAFE_INTEGER;
  assert.deepEqual(headOf(`${limit}-${limit} x`), { epoch: limit, seq: limit, payloadAt: 34 });
  for (const text of ['9007199254740992', '9007199254740993', '9999999999999999'])
    for (const head of [`${text}-1 x`, `1-${text} x`, `${text}-${text} x`])
      assert.equal(headOf(head), undefined);
});
