import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MessageListener, messageBytesMax, PushTap } from './push-tap.ts';

type Kind = 'message' | 'smessage';
/** What a tap said, in order: a message as channel and payload, a run of replies as its bytes. */
type Said =
  | readonly ['message', string, string]
  | readonly ['replies', string]
  | readonly ['oversized' | 'broken'];

function listenTo(kind: Kind): { readonly tap: PushTap; readonly said: Said[] } {
  const said: Said[] = [];
  const messages: MessageListener = {
    message: (bytes, { channelAt, channelEnd, payloadAt, payloadEnd }) => {
      const channel = bytes.toString('latin1', channelAt, channelEnd);
      said.push(['message', channel, bytes.toString('latin1', payloadAt, payloadEnd)]);
    },
    oversized: () => said.push(['oversized']),
  };
  const tap = new PushTap(kind, messages, {
    replies: (bytes) => {
      const last = said.at(-1);
      const before = last?.[0] === 'replies' ? last[1] : undefined;
      if (before !== undefined) said.pop();
      said.push(['replies', (before ?? '') + bytes.toString('latin1')]);
    },
    broken: () => said.push(['broken']),
  });
  return { tap, said };
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const message = (kind: Kind, channel: string, payload: string): string =>
  `*3\r\n${bulk(kind)}${bulk(channel)}${bulk(payload)}`;

const bytes = fc.uint8Array().map((octets) => Buffer.from(octets).toString('latin1'));
const line = fc.string().map((text) => text.replace(/[\r\n]/g, ''));
const replies = fc.oneof(
  line.map((text) => `+${text}\r\n`),
  line.map((text) => `-ERR ${text}\r\n`),
  fc.integer().map((value) => `:${value}\r\n`),
  bytes.map(bulk),
  fc.constantFrom('$-1\r\n', '*-1\r\n', '*0\r\n'),
  fc.tuple(bytes, fc.nat()).map(([name, count]) => `*3\r\n${bulk('subscribe')}${bulk(name)}:${count}\r\n`),
  fc.tuple(bytes, bytes).map(([a, b]) => `*2\r\n*1\r\n${bulk(a)}${bulk(b)}`),
  fc.tuple(bytes, bytes).map(([a, b]) => `*3\r\n${bulk('messages')}${bulk(a)}${bulk(b)}`),
);
const messages = fc.record({ channel: bytes, payload: bytes });

function pieces(text: string, cuts: readonly number[]): Buffer[] {
  const all = Buffer.from(text, 'latin1');
  const at = [...new Set(cuts.map((cut) => cut % (all.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => all.subarray(start, at[index] ?? all.length));
}

test('however the stream is cut, each message comes once, whole, and in its place among the replies', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Kind>('message', 'smessage'),
      fc.array(fc.oneof(replies, messages), { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (kind, parts, cuts) => {
        const { tap, said } = listenTo(kind);
        const expected: Said[] = [];
        let text = '';
        for (const part of parts) {
          if (typeof part !== 'string') expected.push(['message', part.channel, part.payload]);
          else {
            const last = expected.at(-1);
            const before = last?.[0] === 'replies' ? last[1] : undefined;
            if (before !== undefined) expected.pop();
            expected.push(['replies', (before ?? '') + part]);
          }
          text += typeof part === 'string' ? part : message(kind, part.channel, part.payload);
        }
        for (const piece of pieces(text, cuts)) tap.read(piece);
        assert.deepEqual(said, expected);
      },
    ),
    { numRuns: 500 },
  );
});

test('a stream that comes byte by byte is read as one that comes at once', () => {
  const text = `+OK\r\n${message('message', 'a', '1')}*1\r\n:5\r\n${message('message', 'b', '')}`;
  const { tap, said } = listenTo('message');
  for (const byte of Buffer.from(text)) tap.read(Buffer.of(byte));
  assert.deepEqual(said, [
    ['replies', '+OK\r\n'],
    ['message', 'a', '1'],
    ['replies', '*1\r\n:5\r\n'],
    ['message', 'b', ''],
  ]);
});

test('messages of the other kind are replies', () => {
  const { tap, said } = listenTo('message');
  tap.read(Buffer.from(message('smessage', 'a', '1')));
  assert.deepEqual(said, [['replies', message('smessage', 'a', '1')]]);
});

test('what is not the protocol is told once, after what came before it, and nothing is read any more', () => {
  const heads = ['?', 'HTTP/1.1 400 Bad Request\r\n', '$x\r\n', '*99999999999\r\n', '+a\rb\r\n', '$1a\r\n'];
  const inMessages = ['1x\r\n', '\r\n', '1\rx', '1\r\na\r\n:1\r\n', '1\r\na\r\n$9999999999\r\n'];
  const broken = [...heads, ...inMessages.map((rest) => `*3\r\n${bulk('message')}$${rest}`)];
  for (const text of broken) {
    const { tap, said } = listenTo('message');
    tap.read(Buffer.from(`+OK\r\n${text}`));
    tap.read(Buffer.from(message('message', 'a', '1')));
    assert.deepEqual(said, [['replies', '+OK\r\n'], ['broken']], JSON.stringify(text));
  }
});

test('nesting that no reply has is refused, and so is a reply without end', () => {
  for (const chunks of [['*1\r\n'.repeat(20)], ['$999999999\r\n', 'x'.repeat(1 << 20)]]) {
    const { tap, said } = listenTo('message');
    for (const chunk of chunks) tap.read(Buffer.from(chunk));
    assert.deepEqual(said, [['broken']]);
  }
});

test('a message that is too large to be ours is passed over, however it is cut, and those behind it are read', () => {
  const large = 'x'.repeat(messageBytesMax + 1);
  const fits = 'y'.repeat(messageBytesMax);
  const text = message('message', 'a', large) + message('message', 'b', '1') + message('message', 'c', fits);
  for (const size of [1000, 65_536, text.length]) {
    const { tap, said } = listenTo('message');
    const all = Buffer.from(text);
    for (let at = 0; at < all.length; at += size) tap.read(all.subarray(at, at + size));
    assert.deepEqual(said, [['oversized'], ['message', 'b', '1'], ['message', 'c', fits]]);
  }
});
