import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMsgpack } from './golden/read-msgpack.ts';
import { encodeMsgpack } from './msgpack.ts';
import { isWholeText, wholeText } from './whole-text.ts';

/** Any UTF-16 units, halves of pairs among them. */
const units = fc.string({
  unit: fc.oneof(fc.constantFrom('a', '\u00e9', '\ud83d', '\udca9', '\ufffd'), fc.string({ maxLength: 1 })),
});

test('text that was cut is whole, at most as long, and survives UTF-8', () => {
  fc.assert(
    fc.property(units, fc.nat({ max: 20 }), (text, lengthMax) => {
      const cut = wholeText(text, lengthMax);
      assert.ok(isWholeText(cut));
      assert.equal(cut.length, Math.min(text.length, lengthMax));
      assert.equal(new TextDecoder().decode(new TextEncoder().encode(cut)), cut);
      assert.equal(readMsgpack(encodeMsgpack(cut)), cut);
    }),
  );
});

test('whole text that is short enough stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.ok(isWholeText(text));
      assert.equal(wholeText(text, text.length), text);
    }),
  );
});

test('text is whole exactly when UTF-8 can say it', () => {
  fc.assert(
    fc.property(units, (text) => {
      assert.equal(isWholeText(text), new TextDecoder().decode(new TextEncoder().encode(text)) === text);
    }),
  );
});
