import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import WebSocket from 'ws';
import { redisKeys } from '#fanout/config.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { hubKeys } from '#hub/config.ts';
import type { ConfigKey } from '#runtime/config/config.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { type Settings, startProcess, type TickwireProcess } from './harness/processes.ts';
import { freePorts } from './harness/redis/free-ports.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';

/** Every key that holds a secret, each with a value that is found wherever it is shown. */
const secrets = {
  REDIS_URL: 'redis://tickwire-hub:shh-redis-url@127.0.0.1',
  REDIS_SENTINEL_PASSWORD: 'shh-sentinel-password',
  PUSH_TOKEN: 'shh-push-token-of-the-venue',
  ALPACA_KEY: 'shh-alpaca-key',
  ALPACA_SECRET: 'shh-alpaca-secret',
  HTTP_POLL_URL: 'http://127.0.0.1:2/{symbol}?key=shh-poll-url',
  HTTP_POLL_HEADER_VALUE: 'shh-header-value',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://shh-otlp@127.0.0.1:2',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:2/?key=shh-otlp-key',
  OPERATOR_TOKEN: 'shh-operator-token-of-the-registry',
  JWT_PUBLIC_KEY: 'shh-public-key',
  HUB_SECRET: 'shh-hub-secret-that-is-long-enough-to-sign',
  HUB_SECRET_PREVIOUS: 'shh-former-hub-secret-that-is-long-enough',
  JWT_SECRET: 'shh-jwt-secret-that-is-long-enough-for-hs256',
} as const;

const shown = /shh-[a-z0-9-]+/;

const venueSettings: Settings = {
  VENUES: 'push,alpaca,http-poll',
  PUSH_TOKEN: secrets.PUSH_TOKEN,
  PUSH_SYMBOLS: 'AAPL',
  ALPACA_KEY: secrets.ALPACA_KEY,
  ALPACA_SECRET: secrets.ALPACA_SECRET,
  ALPACA_SYMBOLS: 'MSFT',
  ALPACA_URL: 'ws://127.0.0.1:2/',
  HTTP_POLL_URL: secrets.HTTP_POLL_URL,
  HTTP_POLL_SYMBOLS: 'TSLA',
  HTTP_POLL_PRICE_PATH: 'price',
  HTTP_POLL_HEADER_NAME: 'X-Key',
  HTTP_POLL_HEADER_VALUE: secrets.HTTP_POLL_HEADER_VALUE,
  HTTP_POLL_INTERVAL_MS: 500,
};
const authSettings: Settings = {
  ...{ AUTH: 'jwt', JWT_SECRET: secrets.JWT_SECRET, OPERATOR_TOKEN: secrets.OPERATOR_TOKEN },
  ...{ HUB_SECRET: secrets.HUB_SECRET, HUB_SECRET_PREVIOUS: secrets.HUB_SECRET_PREVIOUS },
};
const traceSettings: Settings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: secrets.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: secrets.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  OTEL_EXPORTER_OTLP_TIMEOUT: 100,
};

test('the secrets of this test are all that a configuration can hold', () => {
  const keys: ConfigKey<unknown>[] = Object.values({ ...processKeys, ...redisKeys, ...hubKeys, ...feedKeys });
  const secret = keys.filter((key) => key.secret === true).map(({ env }) => env.replace('TICKWIRE_', ''));
  assert.deepEqual(secret.sort(), Object.keys(secrets).sort());
});

test('no process prints a secret, whatever goes wrong at Redis, at venues, with tokens and at the push endpoint', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const [hubPort = 0, feedPort = 0, allPort = 0, allFeedPort = 0] = await freePorts(4);
  const started: TickwireProcess[] = [];
  t.after(() => Promise.all(started.map((each) => each.end('SIGKILL'))));
  const start = (script: string, settings: Settings): TickwireProcess => {
    const process = startProcess(script, { LOG_LEVEL: 'debug', OPERATIONS_PORT: 0, ...settings });
    started.push(process);
    return process;
  };
  const wrong = { REDIS_URL: `${secrets.REDIS_URL}:${redis.port}` };
  const hub = start('processes/hub.ts', { ...wrong, ...authSettings, ...traceSettings, PORT: hubPort });
  const feed = start('processes/feed.ts', {
    ...{ ...wrong, ...venueSettings },
    ...{ FEED_PORT: feedPort, REDIS_SENTINEL_PASSWORD: secrets.REDIS_SENTINEL_PASSWORD },
  });
  const all = start('processes/all-in-one.ts', {
    ...venueSettings,
    ...authSettings,
    PORT: allPort,
    FEED_PORT: allFeedPort,
  });
  const begun = async (process: TickwireProcess, port: number): Promise<void> => {
    const answers = until('it answers', async () => (await fetch(healthOf(port))).status > 0, 60_000);
    const ended = process.exited.then(() => Promise.reject(new Error(`it ended: ${process.output()}`)));
    ended.catch(() => undefined); // later it ends because it is told to
    await Promise.race([answers, ended]);
  };
  await Promise.all([begun(hub, hubPort), begun(feed, feedPort), begun(all, allPort)]);
  for (const port of [feedPort, allFeedPort])
    for (const token of [secrets.PUSH_TOKEN, 'shh-wrong-token'])
      for (const body of ['[{"symbol":"AAPL","price":1}]', 'junk']) await pushTo(port, token, body);
  for (const port of [hubPort, allPort]) {
    await showToken(port, signed(secrets.JWT_SECRET));
    await showToken(port, signed('shh-another-secret-that-is-not-the-one'));
    await showToken(port, 'shh-no-token-at-all');
  }
  await until('Redis has refused them', () => [hub, feed].every(({ output }) => /WRONGPASS/.test(output())));
  const sources = async () => (await fetch(`http://127.0.0.1:${allFeedPort}/sources`)).text();
  await until('venues have failed', async () => (await sources()).split('"problem"').length > 2);
  assert.doesNotMatch(await sources(), shown);
  const codes = await Promise.all(started.map((each) => each.end('SIGTERM')));
  assert.equal(codes.length, 3);
  for (const { output } of started) assert.equal(shown.exec(output())?.[0], undefined);
});

test('a start that is refused names the key, not its secret', async () => {
  for (const [script, settings] of [
    ['processes/hub.ts', { REDIS_URL: 'redis://x:shh-url@:1', AUTH: 'jwt', JWT_SECRET: 'shh-short' }],
    ['processes/feed.ts', { PUSH_TOKEN: 'shh-short', VENUES: 'push', REDIS_URL: 'http://shh-url@a' }],
    ['processes/feed.ts', { HTTP_POLL_URL: 'ftp://shh-url', VENUES: 'http-poll' }],
    ['processes/hub.ts', { AUTH: 'jwt', JWT_PUBLIC_KEY: secrets.JWT_PUBLIC_KEY }],
    ['processes/hub.ts', { HUB_SECRET: 'shh-short', HUB_SECRET_PREVIOUS: secrets.HUB_SECRET_PREVIOUS }],
    ['processes/hub.ts', { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://shh-otlp@a', AUTH: 'none-such' }],
    ['processes/all-in-one.ts', { JWT_SECRET: 'shh-short', AUTH: 'jwt', PUSH_TOKEN: 'shh-short' }],
  ] as const) {
    const process = startProcess(script, { PORT: 0, FEED_PORT: 0, OPERATIONS_PORT: 0, ...settings });
    assert.equal(await process.exited, 1);
    assert.match(process.output(), /TICKWIRE_/);
    assert.doesNotMatch(process.output(), shown);
  }
});

function healthOf(port: number): string {
  return `http://127.0.0.1:${port}/health`;
}

async function pushTo(port: number, token: string, body: string): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  await fetch(`http://127.0.0.1:${port}/ticks`, { method: 'POST', headers, body });
}

/** In all three ways that there are; each socket is closed by whoever is first. */
async function showToken(port: number, token: string): Promise<void> {
  const url = `ws://127.0.0.1:${port}/ws`;
  await fetch(`http://127.0.0.1:${port}/symbols`, { headers: { Authorization: `Bearer ${token}` } });
  const byHeader = new WebSocket(url, { headers: { Authorization: `Bearer ${token}` } });
  const byOffer = new WebSocket(url, ['tickwire.json.v1', `tickwire.token.${token}`]);
  const byMessage = new WebSocket(url);
  const talk = (socket: WebSocket, first: string): Promise<void> =>
    new Promise((resolve) => {
      socket.on('open', () => socket.send(first));
      socket.on('message', (data) => {
        if (/authenticated|error|pong/.test(String(data))) socket.terminate();
      });
      socket.on('error', () => undefined); // a close follows
      socket.on('close', () => resolve());
    });
  const ping = '{"type":"ping"}';
  const message = JSON.stringify({ type: 'authenticate', token });
  await Promise.all([talk(byHeader, ping), talk(byOffer, ping), talk(byMessage, message)]);
}

/** A token whose user is a secret as well: nothing of a token may be shown. */
function signed(secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'somebody', exp: seconds + 600 })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}
