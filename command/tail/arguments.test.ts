import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseArguments } from './arguments.ts';

const url = 'ws://127.0.0.1:8080/ws';
const env = {};

describe('the arguments of tail', () => {
  test('symbols alone are enough', () => {
    assert.deepEqual(parseArguments(['AAPL', 'TSLA'], env), {
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
    assert.deepEqual(parseArguments(texts, env), { ok: true, request });
  });

  test('the port that npm start has is that of tail, unless an address is given', () => {
    const urlOf = (texts: readonly string[], port: string): string | false => {
      const parsed = parseArguments(texts, { TICKWIRE_PORT: port });
      return parsed.ok && parsed.request.url;
    };
    assert.equal(urlOf(['AAPL'], '9191'), 'ws://127.0.0.1:9191/ws');
    assert.equal(urlOf(['AAPL'], ''), url);
    assert.equal(urlOf(['AAPL', '--url', 'ws://hub/ws'], '9191'), 'ws://hub/ws');
    assert.equal(urlOf(['AAPL', '--url', 'ws://hub/ws'], 'tcp://10.96.0.7:8080'), 'ws://hub/ws');
  });

  for (const port of ['0', '65536', '-1', '9191x', 'tcp://10.96.0.7:8080'])
    test(`a port that no hub can be at is refused: ${port}`, () => {
      const parsed = parseArguments(['AAPL'], { TICKWIRE_PORT: port });
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, /TICKWIRE_PORT=.* no port from 1 to 65535.*--url/);
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
      const parsed = parseArguments(texts, env);
      assert.ok(!parsed.ok);
      assert.match(parsed.problem, problem);
    });
});
