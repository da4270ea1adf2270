import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import WebSocket from 'ws';
import { type ConnectOptions, connect } from '#client/mod.ts';
import { startHub } from '#hub/socket-fixtures.ts';

const timeoutMs = 120_000;
const numbered = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** A hub and a client of it, until the test is over. */
async function play(t: TestContext, symbols: readonly string[], options: ConnectOptions) {
  const { hub, url, publish } = await startHub({ messagesPerSecond: 20, symbolsMax: 5000 }, symbols);
  t.after(() => hub.stop());
  const client = connect(url, options);
  t.after(() => client.close());
  const states: string[] = [];
  client.on('state', ({ state }) => states.push(state));
  return { hub, client, publish, states };
}

describe('a hub that counts messages by their work', () => {
  test('refuses nothing of a client with thousands of symbols, hundreds of them unknown', {
    timeout: timeoutMs,
  }, async (t) => {
    const symbols = numbered(3000, 'S');
    const { hub, client, publish, states } = await play(t, symbols, { webSocket: WebSocket });
    const unknown = numbered(300, 'UNKNOWN');
    const codes: Record<string, number> = {};
    client.on('error', ({ code }) => {
      codes[code] = (codes[code] ?? 0) + 1;
    });
    const last = symbols.at(-1) ?? '';
    await publish(last, 1);
    for await (const { symbol } of client.subscribe([...unknown, ...symbols])) if (symbol === last) break;
    assert.deepEqual(codes, { unknown_symbol: unknown.length });
    assert.deepEqual(states, ['live']);
    assert.equal(hub.counts.clientErrors.rate_limited, undefined);
  });

  test('serves a client over the same connection when it has refused its messages', {
    timeout: timeoutMs,
  }, async (t) => {
    let noise = 60;
    /** What else uses up the connection's rate, right before the first request. */
    class NoisySocket extends WebSocket {
      override send(data: Parameters<WebSocket['send']>[0]): void {
        for (; noise > 0; noise--) super.send('{"type":"ping"}');
        super.send(data);
      }
    }
    const { hub, client, publish, states } = await play(t, ['AAPL'], {
      webSocket: NoisySocket as never,
      limits: { retryAfterMs: 200 },
    });
    await publish('AAPL', 1);
    for await (const { price } of client.subscribe(['AAPL'])) {
      assert.equal(price, 1);
      break;
    }
    assert.ok((hub.counts.clientErrors.rate_limited ?? 0) > 0, 'it was refused');
    assert.deepEqual(states, ['live']);
  });
});
