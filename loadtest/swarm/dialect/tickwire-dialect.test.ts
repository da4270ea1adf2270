import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs } from '#protocol/codec.ts';
import type { HubMessage, Rejection } from '#protocol/messages.ts';
import type { SocketSink } from './dialect.ts';
import { createTickwireDialect } from './tickwire-dialect.ts';

function createScene() {
  const dialect = createTickwireDialect('json');
  const told: string[] = [];
  const sent: unknown[] = [];
  const ignore = (): void => undefined;
  const sink: SocketSink = {
    ...{ symbols: ['AAPL', 'TSLA'], frequencyMs: 0, since: () => undefined },
    ...{ update: ignore, reset: ignore },
    subscribedTo: (symbol) => void told.push(`subscribed to ${symbol}`),
    refused: (symbols) => void told.push(`refused ${symbols}`),
    subscribed: () => void told.push('subscribed'),
    problem: () => void told.push('problem'),
    send: (payload) => void sent.push(JSON.parse(String(payload))),
  };
  const read = (message: HubMessage): void => {
    const bytes = Buffer.from(codecs.json.encode(message));
    dialect.read(bytes, 0, bytes.length, sink);
  };
  return { dialect, sink, told, sent, read };
}

const unavailable: Rejection = { symbol: 'TSLA', code: 'unavailable', message: 'subscribe again' };

test('a symbol that is unavailable is asked for again, and only then the socket is subscribed', () => {
  const { dialect, sink, told, sent, read } = createScene();
  read({ type: 'subscribed', symbols: { AAPL: { position: '7-1' } }, rejected: [unavailable] });
  read({ ...unavailable, type: 'error' });
  assert.deepEqual(told, ['subscribed to AAPL', 'refused TSLA']);
  dialect.askAgain?.(['TSLA'], sink);
  assert.deepEqual(sent, [{ type: 'subscribe', symbols: ['TSLA'] }]);
  read({ type: 'subscribed', symbols: { TSLA: { position: '7-4' } } });
  assert.deepEqual(told.slice(2), ['subscribed to TSLA', 'subscribed']);
});

test('what is refused for good is a problem, and does not keep the socket waiting', () => {
  const { told, read } = createScene();
  const rejected = [{ symbol: 'TSLA', code: 'unknown_symbol', message: 'Invalid stock symbol' } as const];
  read({ type: 'subscribed', symbols: { AAPL: { position: '7-1' } }, rejected });
  assert.deepEqual(told, ['subscribed to AAPL', 'problem', 'subscribed']);
});
