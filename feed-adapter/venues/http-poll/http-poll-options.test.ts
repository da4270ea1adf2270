import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolsOf } from '#feed-adapter/fixtures.ts';
import { type HttpPollOptions, httpPollSettings } from './http-poll-options.ts';

const key = 'KEY-THAT-NOBODY-MAY-SEE';
const options: HttpPollOptions = {
  symbols: symbolsOf('AAPL', 'TSLA').map((symbol) => ({ symbol })),
  urlTemplate: `https://prices.example/{symbol}?key=${key}`,
  pricePath: 'price',
};

/** The message of the refusal; fails when there is none, or it shows the key. */
function refusal(over: Partial<HttpPollOptions>): string {
  try {
    httpPollSettings({ ...options, ...over });
  } catch (error) {
    assert.ok(error instanceof RangeError);
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /NOBODY-MAY-SEE/);
    return error.message;
  }
  assert.fail('it was not refused');
}

test('defaults are filled in', () => {
  const { intervalMs, timeoutMs, bodyMaxBytes } = httpPollSettings(options);
  assert.deepEqual(
    { intervalMs, timeoutMs, bodyMaxBytes },
    { intervalMs: 5000, timeoutMs: 5000, bodyMaxBytes: 2 ** 20 },
  );
});

test('a limit out of its range is refused with the range', () => {
  assert.match(refusal({ intervalMs: 5 }), /intervalMs is 5, but must be from 100 to 86400000/);
  assert.match(refusal({ timeoutMs: Number.NaN }), /timeoutMs is NaN/);
  assert.match(refusal({ requestsPerSecondMax: 0 }), /requestsPerSecondMax is 0/);
});

test('more requests than the rate allows are refused with the interval that would do', () => {
  assert.match(refusal({ intervalMs: 1000, requestsPerSecondMax: 1 }), /intervalMs must be 2000 or more/);
});

test('one request for all needs to know where the items are', () => {
  assert.match(refusal({ urlTemplate: 'https://prices.example/all' }), /itemsPath must say/);
});

test('a URL that is no HTTP is refused', () => {
  for (const urlTemplate of [
    '',
    'prices.example/{symbol}',
    `file:///${key}/{symbol}`,
    `ws://${key}/{symbol}`,
  ])
    assert.match(refusal({ urlTemplate }), /must begin with http/);
});

test('a header that can not be sent is refused without showing the key', () => {
  assert.match(refusal({ headerName: 'X-Key' }), /belong together/);
  assert.match(refusal({ headerName: 'X Key', headerValue: key }), /can not be sent/);
  assert.match(refusal({ headerName: 'X-Key', headerValue: `${key}\nx: y` }), /can not be sent/);
});
