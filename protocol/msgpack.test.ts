import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { depthMax } from './depth.ts';
import { decodeMsgpack, encodeMsgpack } from './msgpack.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const refused = (hex: string): void => assert.deepEqual(decodeMsgpack(bytes(hex)), { ok: false }, hex);

/** Values that JSON can say; without -0, which it writes as 0, and the key that msgpackr renames. */
const plain = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .filter((text) => !text.includes('__proto__'))
  .map((text): unknown => JSON.parse(text));

test('every value that JSON can say comes back as it went in', () => {
  fc.assert(
    fc.property(plain, (value) => {
      assert.deepEqual(decodeMsgpack(encodeMsgpack(value)), { ok: true, value });
    }),
  );
});

test('every value that JSON can say is refused when it is cut off or something follows it', () => {
  fc.assert(
    fc.property(plain, (value) => {
      const encoded = encodeMsgpack(value);
      assert.equal(decodeMsgpack(encoded.subarray(0, encoded.length - 1)).ok, false);
      assert.equal(decodeMsgpack(Buffer.concat([encoded, bytes('c0')])).ok, false);
    }),
  );
});

test('any bytes are read or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (garbage) => {
      const decoded = decodeMsgpack(garbage);
      if (decoded.ok) assert.doesNotThrow(() => JSON.stringify(decoded.value));
    }),
    { numRuns: 5000 },
  );
});

test('a declared length that the bytes do not hold is refused before anything is made for it', () => {
  const before = process.memoryUsage().rss;
  for (const head of ['dc ffff', 'dd ffffffff', 'de ffff', 'df ffffffff', 'd9 ff', 'da ffff', 'db ffffffff'])
    refused(head);
  refused('dd 01ffffff'.repeat(1000));
  assert.ok(process.memoryUsage().rss - before < 500_000_000, 'what they declare is gigabytes');
});

test('extensions, binary data and unused bytes are refused wherever they are', () => {
  const record = 'd47240 91a161 01';
  const timestamp = 'd6ff 00000001';
  const regularExpression = 'c705 78 92a161a167';
  for (const foreign of [
    record,
    timestamp,
    regularExpression,
    'd40000',
    'c70042',
    'c40161',
    'c5000161',
    'c1',
  ]) {
    refused(foreign);
    refused(`91 ${foreign}`);
    refused(`81 a161 ${foreign}`);
  }
});

test('a record that was sent does not change how the next message is read', () => {
  refused('d47240 91a161 01');
  assert.deepEqual(decodeMsgpack(bytes('92 40 01')), { ok: true, value: [64, 1] });
});

test('a key that is no text is refused', () => {
  for (const key of ['01', 'c0', 'c3', '90', '80', 'cb3ff0000000000000']) refused(`81 ${key} 01`);
});

test('values may nest as deep as the bound and no deeper', () => {
  assert.equal(decodeMsgpack(bytes(`${'91'.repeat(depthMax)}c0`)).ok, true);
  refused(`${'91'.repeat(depthMax + 1)}c0`);
  refused(`${'81a161'.repeat(depthMax + 1)}c0`);
  refused(`${'91'.repeat(1_000_000)}c0`);
});

test('a key named __proto__ changes no prototype', () => {
  const decoded = decodeMsgpack(bytes('82 a95f5f70726f746f5f5f 81a26f6bc3 a162 01'));
  assert.ok(decoded.ok && typeof decoded.value === 'object' && decoded.value !== null);
  assert.equal(Object.getPrototypeOf(decoded.value), Object.prototype);
  assert.equal('ok' in decoded.value, false);
});

test('text that is no UTF-8 is read with replacement characters', () => {
  assert.deepEqual(decodeMsgpack(bytes('a3 41fffe')), { ok: true, value: 'A\ufffd\ufffd' });
});

test('what is undefined is written as nil, which every library reads', () => {
  assert.deepEqual(encodeMsgpack({ a: undefined }), Buffer.from(bytes('81 a161 c0')));
});
