import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { type Settings, startProcess } from './harness/processes.ts';
import { freePorts } from './harness/redis/free-ports.ts';
import { until } from './harness/redis/until.ts';
import { root } from './harness/source-files.ts';

/** What a newcomer pastes from the README is taken from it and run; only ports are others. */

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({
  language,
  text,
}));
const timeoutMs = 60_000;

/** The text of the one block that has this in it. */
function block(part: string): string {
  const found = blocks.filter(({ text }) => text?.includes(part));
  assert.equal(found.length, 1, `one block has ${part}`);
  return found[0]?.text ?? '';
}

interface Ports {
  readonly hub: number;
  readonly feed: number;
}

/** A line such as `TICKWIRE_A=1 npm start`, as a process with these keys. */
async function startLine(t: TestContext, line: string): Promise<Ports> {
  const keys = [...line.matchAll(/TICKWIRE_(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
  const [hub = 0, feed = 0, operations = 0] = await freePorts(3);
  const ports = { PORT: hub, FEED_PORT: feed, OPERATIONS_PORT: operations };
  const settings: Settings = { ...Object.fromEntries(keys), ...ports };
  const process = startProcess('processes/all-in-one.ts', settings);
  t.after(() => process.end('SIGKILL'));
  await until(
    `${line.trim()} serves`,
    async () => (await fetch(`http://127.0.0.1:${operations}/readyz`)).ok,
    timeoutMs,
  );
  return { hub, feed };
}

function lineWith(text: string, part: string): string {
  return text.split('\n').find((line) => line.includes(part)) ?? assert.fail(`no line has ${part}`);
}

test('the TypeScript sample prints prices when it is pasted into a file and run as it is said', async (t) => {
  const { hub } = await startLine(t, 'npm start');
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-readme-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['client', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const [, file = '', command = ''] =
    /`(\w+\.ts)` in this folder, run by `npx (tsx \w+\.ts)`/.exec(readme) ?? [];
  writeFileSync(join(folder, file), block('./client/mod.ts').replace('127.0.0.1:8080', `127.0.0.1:${hub}`));
  const [tsx = '', ...args] = command.split(' ');
  const sample = spawn(join(folder, 'node_modules', '.bin', tsx), args, { cwd: folder, stdio: 'pipe' });
  t.after(() => sample.kill());
  let output = '';
  for (const stream of [sample.stdout, sample.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  const printed = (symbol: string) => new RegExp(`^20\\S+Z ${symbol} \\d+(\\.\\d+)?$`, 'm').test(output);
  await until('both symbols are printed', () => printed('AAPL') && printed('TSLA'), timeoutMs).catch(
    (error) => assert.fail(`${String(error)}: ${output}`),
  );
});

test('the lines for pushed prices start a process that takes the price of the next line', async (t) => {
  const { hub, feed } = await startLine(t, lineWith(block('TICKWIRE_PUSH_TOKEN='), 'npm start'));
  const command = block('/ticks').replace('127.0.0.1:8082', `127.0.0.1:${feed}`);
  await until(
    'the price is accepted',
    async () => {
      const { stdout } = await promisify(execFile)('sh', ['-c', `${command.trim()} -s`], {
        timeout: timeoutMs,
      });
      return /"status":"(accepted|duplicate)"/.test(stdout);
    },
    timeoutMs,
  );
  const { symbols } = (await (await fetch(`http://127.0.0.1:${hub}/symbols`)).json()) as {
    symbols: { symbol: string }[];
  };
  assert.ok(symbols.some(({ symbol }) => symbol === 'ACME'));
});

test('the line for other origins lets their pages in, and no others', async (t) => {
  const line = lineWith(block('TICKWIRE_ORIGINS='), 'npm start');
  const { hub } = await startLine(t, line);
  const [, origin = ''] = /TICKWIRE_ORIGINS=(\S+)/.exec(line) ?? [];
  const socket = new WebSocket(`ws://127.0.0.1:${hub}/ws`, { origin });
  await once(socket, 'open');
  socket.terminate();
  const stranger = new WebSocket(`ws://127.0.0.1:${hub}/ws`, { origin: 'https://evil.example' });
  const [, response] = (await once(stranger, 'unexpected-response')) as [unknown, { statusCode: number }];
  assert.equal(response.statusCode, 403);
  stranger.on('error', () => undefined);
  stranger.terminate();
});

test('the line for an exchange has keys that the venue takes', async (t) => {
  const line = lineWith(block('TICKWIRE_VENUES=coinbase'), 'npm start');
  // Nobody is asked here: the exchange is at a port of the loopback where nothing listens.
  const { hub } = await startLine(t, `TICKWIRE_COINBASE_URL=ws://127.0.0.1:1/ ${line}`);
  const answer = await (await fetch(`http://127.0.0.1:${hub}/symbols`)).text();
  for (const symbol of ['BTC-USD', 'ETH-USD']) assert.ok(answer.includes(symbol), answer);
});
