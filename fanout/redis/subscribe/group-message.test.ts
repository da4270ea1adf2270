import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGroupMessage } from './group-message.ts';

/** A tick as `publish.lua` writes it into a group message. */
function tickBytes(channel: string, id: string, payload: string): Buffer {
  const head = Buffer.from([payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.from(`${channel} ${id} ${payload}`, 'latin1')]);
}

function read(bytes: Buffer): { readonly whole: boolean; readonly ticks: readonly string[] } {
  const ticks: string[] = [];
  const around = Buffer.concat([Buffer.from('xx'), bytes, Buffer.from('yy')]);
  const whole = readGroupMessage(
    around,
    2,
    2 + bytes.length,
    ({ channelAt, channelEnd, messageAt, messageEnd }) => {
      ticks.push(
        `${around.toString('latin1', channelAt, channelEnd)}|${around.toString('latin1', messageAt, messageEnd)}`,
      );
    },
  );
  return { whole, ticks };
}

test('every tick of a group message is read, with blanks and any other bytes in its payload', () => {
  const payloads = ['', ' ', 'a b ', '\0\xff\n', 'p'.repeat(300)];
  const bytes = Buffer.concat(payloads.map((payload, i) => tickBytes(`tw:{7}:S${i}`, `17-${i}`, payload)));
  assert.deepEqual(read(bytes), {
    whole: true,
    ticks: payloads.map((payload, i) => `tw:{7}:S${i}|17-${i} ${payload}`),
  });
});

test('a group message that is cut off anywhere gives its whole ticks only, and is told', () => {
  const first = tickBytes('tw:{7}:A', '17-0', 'one');
  const bytes = Buffer.concat([first, tickBytes('tw:{7}:B', '17-1', 'two')]);
  for (let end = 1; end < bytes.length; end++) {
    const { whole, ticks } = read(bytes.subarray(0, end));
    assert.equal(whole, end === first.length, `cut off at ${end}`);
    assert.deepEqual(ticks, end < first.length ? [] : ['tw:{7}:A|17-0 one']);
  }
});

test('an empty group message is whole', () => {
  assert.deepEqual(read(Buffer.alloc(0)), { whole: true, ticks: [] });
});
