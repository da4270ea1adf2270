import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ConfigError,
  type ConfigKeys,
  choiceKey,
  flagKey,
  integerKey,
  listKey,
  readConfig,
  textKey,
} from './config.ts';

const keys = {
  port: integerKey('TICKWIRE_PORT', { fallback: 8080, min: 0, max: 65_535, unit: 'port', about: 'Port' }),
  verbose: flagKey('TICKWIRE_VERBOSE', { fallback: false, about: 'Says more' }),
  url: textKey('TICKWIRE_URL', {
    fallback: 'http://localhost',
    pattern: /^https?:/,
    range: 'a URL',
    about: 'Where',
  }),
  level: choiceKey('TICKWIRE_LEVEL', ['low', 'high'], { fallback: 'low', about: 'How' }),
  venues: listKey('TICKWIRE_VENUES', {
    fallback: ['simulated'],
    entry: /^[a-z]+$/,
    range: 'names',
    about: 'Which',
  }),
  token: textKey('TICKWIRE_TOKEN', {
    fallback: '',
    pattern: /^.{16,}$/,
    range: '16 characters or more',
    about: 'Who',
    secret: true,
  }),
} as const;

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('what is not set, or empty, has its fallback', () => {
  assert.deepEqual(readConfig(keys, { TICKWIRE_PORT: '', HOME: '/root' }), {
    port: 8080,
    verbose: false,
    url: 'http://localhost',
    level: 'low',
    venues: ['simulated'],
    token: '',
  });
});

test('what is set is read as its type', () => {
  const config = readConfig(keys, {
    TICKWIRE_PORT: '0',
    TICKWIRE_VERBOSE: 'yes',
    TICKWIRE_URL: 'https://example.org',
    TICKWIRE_LEVEL: 'high',
    TICKWIRE_VENUES: ' a, b,,',
    TICKWIRE_TOKEN: '0123456789abcdef',
  });
  assert.deepEqual(Object.values(config), [
    0,
    true,
    'https://example.org',
    'high',
    ['a', 'b'],
    '0123456789abcdef',
  ]);
});

test('every problem is told at once', () => {
  const problems = problemsOf(() =>
    readConfig(keys, {
      TICKWIRE_PORT: '65536',
      TICKWIRE_VERBOSE: 'maybe',
      TICKWIRE_URL: 'ftp://x',
      TICKWIRE_LEVEL: 'middle',
      TICKWIRE_VENUES: 'a,B',
      TICKWIRE_NOTHING_LIKE_IT: '1',
    }),
  );
  assert.deepEqual(problems, [
    'TICKWIRE_NOTHING_LIKE_IT is not a key that Tickwire knows',
    'TICKWIRE_PORT is "65536", but must be a whole number from 0 to 65535 (port)',
    'TICKWIRE_VERBOSE is "maybe", but must be 1 or 0',
    'TICKWIRE_URL is "ftp://x", but must be a URL',
    'TICKWIRE_LEVEL is "middle", but must be one of low, high',
    'TICKWIRE_VENUES is "a,B", but must be names',
  ]);
});

test('a whole number is digits within its range and nothing else', () => {
  const refused = ['-1', '65536', '1.5', '1e3', ' 80', '0x50', 'NaN', '9'.repeat(400)];
  for (const text of refused)
    assert.equal(problemsOf(() => readConfig(keys, { TICKWIRE_PORT: text })).length, 1, text);
  assert.equal(readConfig(keys, { TICKWIRE_PORT: '65535' }).port, 65_535);
});

test('an unknown key names the key that was probably meant', () => {
  for (const slip of ['TICKWIRE_PROT', 'TICKWIRE_PORTS', 'TICKWIRE_POT'])
    assert.deepEqual(
      problemsOf(() => readConfig(keys, { [slip]: '1' })),
      [`${slip} is not a key that Tickwire knows; did you mean TICKWIRE_PORT?`],
    );
});

test('the keys of other processes are neither unknown nor read', () => {
  const others: ConfigKeys = {
    rate: integerKey('TICKWIRE_RATE', { fallback: 1, min: 1, max: 2, unit: 'Hz', about: 'Rate' }),
  };
  assert.deepEqual(Object.keys(readConfig(keys, { TICKWIRE_RATE: '99' }, others)), Object.keys(keys));
});

test('a required key that is not set is a problem that says what it is', () => {
  const required = { name: textKey('TICKWIRE_NAME', { range: 'a word', about: 'Name of the node' }) };
  assert.deepEqual(
    problemsOf(() => readConfig(required, {})),
    ['TICKWIRE_NAME is not set; Name of the node (a word)'],
  );
});

test('the value of a secret is never told', () => {
  const problems = problemsOf(() => readConfig(keys, { TICKWIRE_TOKEN: 'hunter2' }));
  assert.deepEqual(problems, [
    'TICKWIRE_TOKEN is set (its value is secret), but must be 16 characters or more',
  ]);
});

test('the configuration can not be changed', () => {
  const config = readConfig(keys, {});
  assert.throws(() => Object.assign(config, { port: 1 }), TypeError);
});
