import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogueUrl, chooseSymbols, symbolsOfSocket } from './catalogue.ts';
import { parameterHelp, readParameters, scenarioNames } from './parameters.ts';

test('every scenario runs without a parameter', () => {
  for (const scenario of scenarioNames) assert.ok(readParameters(scenario, {}).ok, scenario);
});

test('parameters are read with their units', () => {
  const read = readParameters('ramp', {
    ...{ TARGET: 'ws://a:1/ws,wss://b/ws', SOCKETS: '20', SYMBOLS: 'AAPL,BTC-USD', DURATION: '2m' },
    FREQUENCY: '5000',
  });
  assert.ok(read.ok);
  const { targets, sockets, symbols, durationSeconds, latencyP99Ms } = read.parameters;
  assert.deepEqual(targets, ['ws://a:1/ws', 'wss://b/ws']);
  assert.equal(sockets, 20);
  assert.deepEqual(symbols, ['AAPL', 'BTC-USD']);
  assert.equal(durationSeconds, 120);
  assert.equal(latencyP99Ms, 5500, 'an update may wait for as long as its class');
});

test('every wrong parameter is named at once, with what it must be', () => {
  const wrong = {
    ...{ TARGET: 'http://a', SOCKETS: '0', SYMBOLS: 'A B', SYMBOLS_PER_SOCKET: '1.5', DURATION: '10' },
    ...{ FREQUENCY: '60001', LATENCY_P95_MS: 'x', LATENCY_P99_MS: '-1', SOCKETS_PER_USER: '1001' },
  };
  const read = readParameters('smoke', wrong);
  assert.ok(!read.ok);
  for (const [name, value] of Object.entries(wrong))
    assert.ok(
      read.problems.some((problem) => problem.startsWith(`${name}=${value} must be `)),
      name,
    );
  assert.equal(read.problems.length, Object.keys(wrong).length);
  assert.deepEqual(Object.keys(wrong).sort(), Object.keys(parameterHelp).sort());
});

test('symbols come from the catalogue, and every problem with it is one line that says what to change', () => {
  const url = catalogueUrl('wss://hub:8443/ws?x=1');
  assert.equal(url, 'https://hub:8443/symbols');
  const body = JSON.stringify({ symbols: [{ symbol: 'A' }, { symbol: 'B' }, { symbol: 'C' }] });
  assert.deepEqual(chooseSymbols(url, body, 2), ['A', 'B']);
  assert.deepEqual(chooseSymbols(url, body, Number.POSITIVE_INFINITY), ['A', 'B', 'C']);
  assert.deepEqual(chooseSymbols(url, body, ['C']), ['C']);
  assert.throws(() => chooseSymbols(url, body, ['C', 'D']), /does not know D: name symbols/);
  assert.throws(() => chooseSymbols(url, undefined, 1), /no hub answers .*npm start/);
  assert.throws(() => chooseSymbols(url, '<html>', 1), /not answered by a Tickwire hub: name one in TARGET/);
  assert.throws(() => chooseSymbols(url, '{"symbols":[]}', 1), /lists no symbols: start a feed/);
});

test('sockets share the symbols evenly, and each has different ones', () => {
  const symbols = ['A', 'B', 'C', 'D'];
  assert.deepEqual(
    [0, 1, 2, 3].map((index) => symbolsOfSocket(index, symbols, 3).join('')),
    ['ABC', 'DAB', 'CDA', 'BCD'],
  );
  assert.deepEqual(symbolsOfSocket(7, symbols, 9), ['A', 'B', 'C', 'D']);
});
