import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { playClient, settle } from '#client/fixtures.ts';
import { ClientStoppedError } from '#client/mod.ts';
import { closeCodes } from '#protocol/close-codes.ts';

describe('reconnect', () => {
  test('a hub that never says welcome is given up and tried again', async () => {
    const { clock, sockets, told } = playClient();
    await clock.advance(10_000);
    assert.equal(sockets[0]?.closed, true);
    assert.deepEqual(told, ['reconnecting']);
    await clock.advance(500);
    assert.equal(sockets.length, 2);
  });

  test('silence for twice the heartbeat ends the connection, and any frame breaks the silence', async () => {
    const { clock, newest, sockets } = playClient();
    newest().welcomes();
    await clock.advance(29_999);
    newest().says({ type: 'heartbeat', time: 'now' });
    await clock.advance(29_999);
    assert.equal(newest().closed, false);
    await clock.advance(1);
    assert.equal(sockets[0]?.closed, true);
    await clock.advance(500);
    assert.equal(sockets.length, 2);
  });

  test('a close code from 4000 to 4499 means come again', async () => {
    const { clock, newest, sockets } = playClient();
    newest().drops(closeCodes.slow_consumer);
    await clock.advance(500);
    assert.equal(sockets.length, 2);
  });

  test('a close code from 4500 to 4999 ends the client and the loops over it', async () => {
    const { client, clock, newest, sockets, told } = playClient();
    const loop = client.subscribe(['AAPL'])[Symbol.asyncIterator]();
    const next = loop.next();
    newest().drops(closeCodes.protocol_abuse);
    await assert.rejects(next, ClientStoppedError);
    assert.deepEqual(await loop.next(), { done: true, value: undefined });
    await clock.advance(60_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(told, ['error stopped', 'closed']);
  });

  test('a frame that is no message is told; a message of a later version is not', async () => {
    const { newest, told } = playClient();
    newest().welcomes();
    newest().saysRaw('{"type":"confetti"}');
    assert.deepEqual(told, ['live']);
    for (const frame of ['{', '[]', '{"type":"price_update"}', new ArrayBuffer(3)]) newest().saysRaw(frame);
    assert.deepEqual(told.slice(1), Array(4).fill('error malformed'));
  });

  test('a closed client does nothing any more', async () => {
    const { client, clock, newest, sockets, told } = playClient();
    client.subscribe(['AAPL']);
    newest().welcomes();
    client.close();
    client.close();
    await settle();
    assert.equal(newest().closed, true);
    newest().welcomes();
    await clock.advance(60_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(told, ['live', 'closed']);
    assert.throws(() => client.subscribe(['TSLA']), /connect again/);
  });
});
