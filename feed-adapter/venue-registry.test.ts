import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, readConfig } from '#runtime/config/config.ts';
import { feedKeys } from './config.ts';
import { FakeClock } from './fake-clock.ts';
import { symbolsOf } from './fixtures.ts';
import { createPushReceiver } from './push/push-venue.ts';
import { readSourceDefinitions, unusedVenueKeys } from './venue-registry.ts';

async function define(env: Record<string, string>) {
  const config = readConfig(feedKeys, env);
  const pushReceiver = createPushReceiver(symbolsOf('AAPL'));
  const deps = {
    clock: new FakeClock(),
    random: () => 0.5,
    fetch: () => assert.fail('nothing is asked'),
    pushReceiver,
  };
  return readSourceDefinitions(config, deps);
}

async function symbolsFrom(env: Record<string, string>): Promise<readonly string[]> {
  const [definition] = await define(env);
  return definition?.createVenue({ accept: () => 'closed', room: () => 0 }).symbols ?? [];
}

/** The problems that `env` is refused for. */
async function problemsOf(env: Record<string, string>): Promise<readonly string[]> {
  try {
    await define(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('without any key the simulated venue is read', async () => {
  const definitions = await define({});
  assert.deepEqual(
    definitions.map(({ source }) => source),
    ['simulated'],
  );
  assert.equal((await symbolsFrom({ TICKWIRE_SIMULATED_SYMBOLS: '7' })).length, 7);
});

const live: readonly [string, Record<string, string>, readonly string[]][] = [
  ['coinbase', { TICKWIRE_COINBASE_PRODUCTS: 'BTC-USD,ETH-USD' }, ['BTC-USD', 'ETH-USD']],
  ['binance', { TICKWIRE_BINANCE_SYMBOLS: 'BTC-USDT@BTCUSDT' }, ['BTC-USDT']],
  [
    'alpaca',
    { TICKWIRE_ALPACA_SYMBOLS: 'AAPL', TICKWIRE_ALPACA_KEY: 'k', TICKWIRE_ALPACA_SECRET: 's' },
    ['AAPL'],
  ],
  [
    'http-poll',
    {
      TICKWIRE_HTTP_POLL_SYMBOLS: 'AAPL',
      TICKWIRE_HTTP_POLL_URL: 'http://127.0.0.1/{symbol}',
      TICKWIRE_HTTP_POLL_PRICE_PATH: 'last',
    },
    ['AAPL'],
  ],
  ['push', { TICKWIRE_PUSH_SYMBOLS: 'AAPL', TICKWIRE_PUSH_TOKEN: 'a-token-of-the-test' }, ['AAPL']],
];
for (const [name, env, symbols] of live) {
  test(`${name} is made from its keys, under a label as well`, async () => {
    assert.deepEqual(await symbolsFrom({ ...env, TICKWIRE_VENUES: `${name}:eu` }), symbols);
  });

  test(`${name} without its keys is refused, with every key that is missing`, async () => {
    const problems = await problemsOf({ TICKWIRE_VENUES: name });
    assert.deepEqual(problems.map((problem) => problem.split(' ', 1)[0]).sort(), Object.keys(env).sort());
  });
}

test('the symbols of a file are read from it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'trades.csv');
  await writeFile(path, 'When,Symbol,Last\n1731000000000,AAPL,150\n1731000000001,TSLA,700\n');
  const env = { TICKWIRE_VENUES: 'file', TICKWIRE_FILE_PATH: path };
  assert.match((await problemsOf(env)).join(), /no column for time/);
  assert.deepEqual(await symbolsFrom({ ...env, TICKWIRE_FILE_COLUMNS: 'time=When' }), ['AAPL', 'TSLA']);
});

test('a file that is not there is a problem of the configuration', async () => {
  const problems = await problemsOf({ TICKWIRE_VENUES: 'file', TICKWIRE_FILE_PATH: '/nowhere/trades.csv' });
  assert.match(problems.join(), /names file, which can not be read: .*ENOENT/);
});

test('options that a venue refuses are a problem of the configuration', async () => {
  const env = { TICKWIRE_VENUES: 'coinbase', TICKWIRE_COINBASE_PRODUCTS: 'BTC-USD,BTC-USD' };
  assert.match((await problemsOf(env)).join(), /BTC-USD is listed twice/);
});

test('one source twice, and two push sources, are refused', async () => {
  assert.match((await problemsOf({ TICKWIRE_VENUES: 'simulated,simulated' })).join(), /simulated twice/);
  const [, env] = live[4] ?? [];
  const pushes = await problemsOf({ ...env, TICKWIRE_VENUES: 'push,push:b' });
  assert.match(pushes.join(), /push more than once/);
});

test('an unknown venue, and one with a bad label, do not pass the configuration', () => {
  for (const venues of ['nasdaq', 'coinbase:', 'coinbase:EU WEST'])
    assert.throws(() => readConfig(feedKeys, { TICKWIRE_VENUES: venues }), ConfigError);
});

test('unused keys of a venue that no source names are reported with the name of the venue', () => {
  const env = { TICKWIRE_COINBASE_PRODUCTS: 'BTC-USD', TICKWIRE_HTTP_POLL_RATE: '' };
  const unused = (venues: string) =>
    unusedVenueKeys(readConfig(feedKeys, { ...env, TICKWIRE_VENUES: venues }), env);
  assert.deepEqual(unused('simulated'), [
    { env: 'TICKWIRE_COINBASE_PRODUCTS', why: 'TICKWIRE_VENUES does not name coinbase' },
  ]);
  assert.deepEqual(unused('coinbase:eu'), []);
});
