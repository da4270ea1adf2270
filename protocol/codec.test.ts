import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codecs, negotiateCodec } from './codec.ts';
import { depthMax } from './depth.ts';

const decodeText = (text: string) => codecs.json.decode(Buffer.from(text));

test('a client that offers nothing speaks JSON', () => {
  assert.deepEqual(negotiateCodec(''), { codec: codecs.json, subprotocol: '' });
  assert.deepEqual(negotiateCodec('  '), { codec: codecs.json, subprotocol: '' });
});

test('the first offer that the hub speaks is taken', () => {
  assert.equal(negotiateCodec('tickwire.msgpack.v1')?.codec, codecs.msgpack);
  assert.equal(negotiateCodec('graphql-ws, tickwire.msgpack.v1 ,tickwire.json.v1')?.codec, codecs.msgpack);
  assert.equal(negotiateCodec('tickwire.json.v1,tickwire.msgpack.v1')?.codec, codecs.json);
});

test('an entry with a token is neither chosen nor in the way of the others', () => {
  const msgpack = { codec: codecs.msgpack, subprotocol: 'tickwire.msgpack.v1' };
  assert.deepEqual(negotiateCodec('tickwire.token.a.b.c, tickwire.msgpack.v1'), msgpack);
  assert.deepEqual(negotiateCodec('tickwire.msgpack.v1, tickwire.token.a.b.c'), msgpack);
  assert.deepEqual(negotiateCodec('tickwire.token.a.b.c'), { codec: codecs.json, subprotocol: '' });
  assert.equal(negotiateCodec('tickwire.token.a.b.c, graphql-ws'), undefined);
});

test('a client whose offers the hub does not speak gets no codec', () => {
  for (const offered of ['graphql-ws', 'tickwire.json.v2', 'TICKWIRE.JSON.V1', ',', 'constructor'])
    assert.equal(negotiateCodec(offered), undefined, offered);
});

test('JSON is text and MessagePack is binary; a hub has the bytes of either', () => {
  const ping = { type: 'ping', id: 'é' } as const;
  assert.equal(codecs.json.encodeForClient(ping), JSON.stringify(ping));
  assert.ok(codecs.msgpack.encodeForClient(ping) instanceof Uint8Array);
  assert.deepEqual(codecs.json.encode(ping), new TextEncoder().encode(JSON.stringify(ping)));
  assert.ok(codecs.msgpack.encode(ping) instanceof Uint8Array);
  assert.deepEqual([codecs.json.binary, codecs.msgpack.binary], [false, true]);
});

test('a frame once made stays as it is while others are made', () => {
  for (const codec of Object.values(codecs)) {
    const first = codec.encode({ type: 'ping', id: 'first' });
    const bytes = Buffer.from(first).toString('hex');
    for (let id = 0; id < 10_000; id++) codec.encode({ type: 'ping', id });
    assert.equal(Buffer.from(first).toString('hex'), bytes);
  }
});

test('text that is no JSON, or no UTF-8, is refused', () => {
  for (const text of ['', '{', '{"a":1}x', 'NaN', "{'a':1}", '{"a":1,}', '\u0000'])
    assert.equal(decodeText(text).ok, false, text);
  assert.equal(codecs.json.decode(Uint8Array.of(0x22, 0xff, 0x22)).ok, false);
});

test('JSON may nest as deep as the bound and no deeper', () => {
  assert.equal(decodeText('['.repeat(depthMax) + ']'.repeat(depthMax)).ok, true);
  assert.equal(decodeText('['.repeat(depthMax + 1) + ']'.repeat(depthMax + 1)).ok, false);
  assert.equal(decodeText('{"a":'.repeat(20_000) + 1 + '}'.repeat(20_000)).ok, false);
  assert.equal(decodeText('['.repeat(1_000_000)).ok, false);
});

test('brackets inside text are no nesting', () => {
  const texts = ['['.repeat(100), `"${'{'.repeat(100)}`, `\\${'['.repeat(100)}`, `\\"${'['.repeat(100)}`];
  for (const text of texts) assert.deepEqual(decodeText(JSON.stringify([text])), { ok: true, value: [text] });
});

test('the bound on depth refuses no JSON that is flat enough', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: depthMax - 2 }), (value) => {
      assert.equal(decodeText(JSON.stringify(value)).ok, true);
    }),
  );
});
