import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#runtime/logger.ts';
import { flagKey, readConfig } from './config.ts';
import { keysOfOthersIn, warnOfUnusedKeys } from './unused-keys.ts';

const key = (env: string) => flagKey(env, { fallback: false, about: '' });
const ours = { a: key('TICKWIRE_A'), shared: key('TICKWIRE_SHARED') };
const theirs = { b: key('TICKWIRE_B'), shared: key('TICKWIRE_SHARED') };

test('keys of another process and of the tests are told, those that are read or empty are not', () => {
  const env = {
    TICKWIRE_A: '1',
    TICKWIRE_SHARED: '1',
    TICKWIRE_B: '1',
    TICKWIRE_TEST_REDIS_SERVER: '/opt/redis-server',
    HOME: '/root',
  };
  assert.deepEqual(
    keysOfOthersIn(env, ours, theirs).map(({ env: name }) => name),
    ['TICKWIRE_B', 'TICKWIRE_TEST_REDIS_SERVER'],
  );
  assert.deepEqual(keysOfOthersIn({ TICKWIRE_B: '' }, ours, theirs), []);
});

test('they stop no start', () => {
  const env = { TICKWIRE_B: 'nonsense', TICKWIRE_TEST_HAPROXY: '/nowhere' };
  assert.deepEqual(readConfig(ours, env, theirs), { a: false, shared: false });
});

test('there is one warning for each reason, with the names and without the values', () => {
  const lines: string[] = [];
  const log = createLogger('test', 'warn', { write: (line) => void lines.push(line) });
  warnOfUnusedKeys(log, [
    { env: 'TICKWIRE_B', why: 'nobody reads it' },
    { env: 'TICKWIRE_C', why: 'nobody reads it' },
    { env: 'TICKWIRE_D', why: 'no token is asked for' },
  ]);
  const told = lines.map((line) => JSON.parse(line) as { level: unknown; keys: string[]; why: string });
  assert.deepEqual(
    told.map(({ keys, why }) => [keys, why]),
    [
      [['TICKWIRE_B', 'TICKWIRE_C'], 'nobody reads it'],
      [['TICKWIRE_D'], 'no token is asked for'],
    ],
  );
});
