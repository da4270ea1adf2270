import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from './arguments.ts';

const url = 'ws://127.0.0.1:8080/ws';

describe('the arguments of tail', () => {
  test('symbols alone are enough', () => {
    assert.deepEqual(parseArguments(['AAPL', 'TSLA'], url), {
      ok: true,
      request: { symbols: ['AAPL', 'TSLA'], url, frequency: 0, format: 'json' },
    });
  });

  test('options may stand anywhere', () => {
    const texts = [
      '--frequency',
      '500',
      'AAPL',
      '--format=msgpack',
      '--url',
      'wss://hub/ws',
      '--token',
      'a.b.c',
    ];
    const asked = { symbols: ['AAPL'], url: 'wss://hub/ws', frequency: 500, format: 'msgpack' };
    const request = { ...asked, token: 'a.b.c' };
    assert.deepEqual(parseArguments(texts, url), { ok: true, request });
  });

  for (const [texts, problem] of [
    [[], /at least one symbol/],
    [['--frequency', '5'], /at least one symbol/],
    [['A', '--frequency', '60001'], /60001/],
    [['A', '--frequency', '-1'], /frequency/],
    [['A', '--format', 'xml'], /xml/],
    [['A', '--url', 'http://hub'], /http:\/\/hub/],
    [['A', '--colour'], /--colour/],
  ] as const)
    test(`"${texts.join(' ')}" is refused with a reason`, () => {
      const parsed = parseArguments(texts, url);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
    });
});
