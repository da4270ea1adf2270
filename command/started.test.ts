import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runTickwire } from './program-fixture.ts';
import { type Started, startedText } from './started.ts';
import { tailCommand } from './tail/command.ts';

const started: Started = {
  ...{ host: '127.0.0.1', port: 8080, secure: false, metricsHost: '127.0.0.1', metricsPort: 9100 },
  ...{ venues: ['simulated'], wantsToken: false, tail: 'npm run tail --' },
};

function tailLineOf(more: Partial<Started>): string {
  return /In another terminal: +(.*)/.exec(startedText({ ...started, ...more }))?.[1] ?? '';
}

test('where everything is as ever, the line for the terminal client is short', () => {
  assert.equal(tailLineOf({}), 'npm run tail -- AAPL TSLA');
  assert.equal(tailLineOf({ tail: 'tickwire tail' }), 'tickwire tail AAPL TSLA');
  assert.equal(tailLineOf({ host: '0.0.0.0' }), 'npm run tail -- AAPL TSLA');
});

for (const [more, url] of [
  [{ port: 9191 }, 'ws://127.0.0.1:9191/ws'],
  [{ host: '::', port: 80 }, 'ws://[::1]:80/ws'],
  [{ host: 'fd00::7' }, 'ws://[fd00::7]:8080/ws'],
  [{ host: 'ticks.example.com', secure: true }, 'wss://ticks.example.com:8080/ws'],
] as const)
  test(`the line for the terminal client names ${url} where tail would not look by itself`, async () => {
    const line = tailLineOf(more);
    assert.equal(line, `npm run tail -- --url ${url} AAPL TSLA`);
    let asked = '';
    const command = tailCommand({}, (request) => {
      asked = request.url;
      return 0;
    });
    await runTickwire(['tail', ...line.split(' ').slice(4)], command);
    assert.equal(asked, url);
  });

test('the line for the terminal client has a place for what else it needs', () => {
  assert.equal(tailLineOf({ wantsToken: true, venues: ['coinbase'] }), 'npm run tail -- --token JWT SYMBOL');
});

test('the addresses are those that a browser on this machine can open', () => {
  const text = startedText({ ...started, host: '0.0.0.0', port: 9191, metricsHost: '::', metricsPort: 7 });
  assert.match(text, /page {5}http:\/\/127\.0\.0\.1:9191\n/);
  assert.match(text, /sockets {2}ws:\/\/127\.0\.0\.1:9191\/ws\n/);
  assert.match(text, /metrics {2}http:\/\/\[::1\]:7\/metrics\n/);
});
