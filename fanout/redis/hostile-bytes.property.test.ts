import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readGroupMessage } from './subscribe/group-message.ts';
import { readLiveMessageHead } from './subscribe/live-message.ts';

/** Any bytes, and such as look like ours for a while: digits, blanks, dashes and lengths. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.constantFrom(0, 1, 5, 0x20, 0x2d, 0x30, 0x39, 0x3a, 0x7b, 0xff), { maxLength: 200 })
    .map((octets) => Uint8Array.from(octets)),
);
const around = (payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.alloc(3, 0x31), payload, Buffer.alloc(9, 0x20)]);

test('whatever the bytes, a head is two exact numbers and lies within them', () => {
  fc.assert(
    fc.property(bytes, (payload) => {
      const head = { epoch: -1, seq: -1, payloadAt: -1 };
      const end = 3 + payload.length;
      if (!readLiveMessageHead(around(payload), 3, end, head)) return;
      assert.ok(Number.isSafeInteger(head.epoch) && Number.isSafeInteger(head.seq));
      assert.ok(head.payloadAt > 3 && head.payloadAt <= end);
      const text = Buffer.from(payload).toString('latin1');
      const [, epoch, seq] = /^(\d{1,16})-(\d{1,16}) /.exec(text) ?? assert.fail(text);
      assert.deepEqual([head.epoch, head.seq], [Number(epoch), Number(seq)]);
    }),
    { numRuns: 5000, seed: 20240914 },
  );
});

test('whatever the bytes, what is read of a group message lies within it, one behind the other', () => {
  fc.assert(
    fc.property(bytes, (payload) => {
      const end = 3 + payload.length;
      let at = 3;
      readGroupMessage(around(payload), 3, end, ({ channelAt, channelEnd, messageAt, messageEnd }) => {
        assert.ok(at + 2 === channelAt && channelAt <= channelEnd);
        assert.ok(channelEnd < messageAt && messageAt < messageEnd && messageEnd <= end);
        at = messageEnd;
      });
    }),
    { numRuns: 5000, seed: 20240914 },
  );
});
