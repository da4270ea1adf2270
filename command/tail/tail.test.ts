import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { price } from '#client/fixtures.ts';
import type { HubMessage } from '#protocol/messages.ts';

const script = fileURLToPath(new URL('../main.ts', import.meta.url));
const timeoutMs = 120_000;

interface Tail {
  readonly child: ChildProcess;
  /** Resolves when standard output or error has this. */
  prints(text: string): Promise<void>;
}

function startTail(...args: readonly string[]): Tail {
  const child = spawn(process.execPath, ['--import', 'tsx', script, 'tail', ...args], { stdio: 'pipe' });
  let output = '';
  let look = (): void => undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text;
      look();
    });
  const prints = (text: string): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (output.includes(text)) resolve();
      };
      look();
    });
  return { child, prints };
}

async function exitCode({ child }: Tail): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('tickwire tail', { timeout: timeoutMs }, () => {
  /** Sends AAPL a price every 10 ms, so that an end of the reader is noticed. */
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const tails: Tail[] = [];
  let url = '';
  const started = (...args: readonly string[]): Tail => {
    const tail = startTail(...args);
    tails.push(tail);
    return tail;
  };

  before(async () => {
    if (server.address() === null) await once(server, 'listening');
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
    server.on('connection', (socket) => {
      const say = (message: HubMessage): void => socket.send(JSON.stringify(message));
      const limits = { symbols: 10, message_bytes: 1000, messages_per_second: 10 };
      say({ type: 'welcome', session: 's', node: 'n', heartbeat_ms: 1000, limits });
      let seq = 0;
      socket.on('message', () => {
        say({ type: 'subscribed', id: 1, symbols: { AAPL: { position: '7-0' } } });
        say({ type: 'stale', reason: 'source_stale', source: 'nasdaq', since: '2024-09-14T12:34:56.789Z' });
        say({ type: 'fresh', reason: 'source_stale', source: 'nasdaq' });
        const timer = setInterval(() => say({ type: 'price_update', data: { AAPL: price(seq++) } }), 10);
        socket.on('close', () => clearInterval(timer));
      });
    });
  });
  after(() => {
    for (const { child } of tails) child.kill('SIGKILL');
    for (const socket of server.clients) socket.terminate();
    server.close();
  });

  test('prints a line for each update and ends well at Ctrl-C', async () => {
    const tail = started('--url', url, 'AAPL');
    await tail.prints(`connected to ${url}`);
    await tail.prints('AAPL');
    tail.child.kill('SIGINT');
    assert.equal(await exitCode(tail), 0);
  });

  test('says when prices stand still, and when they move again', async () => {
    const tail = started('--url', url, 'AAPL');
    await tail.prints(
      'AAPL: prices stand still since 12:34:56 UTC, nothing comes from nasdaq (source_stale)',
    );
    await tail.prints('AAPL: prices move with the market again');
    tail.child.kill('SIGINT');
    assert.equal(await exitCode(tail), 0);
  });

  test('ends well when nobody reads its output any more', async () => {
    const tail = started('--url', url, 'AAPL');
    await tail.prints('AAPL');
    tail.child.stdout?.destroy();
    assert.equal(await exitCode(tail), 0);
  });

  test('without a symbol says so and ends with 2', async () => {
    const tail = started();
    await tail.prints("missing required argument 'symbol'");
    assert.equal(await exitCode(tail), 2);
  });

  test('says what to do when there is no hub, and keeps trying', async () => {
    const tail = started('--url', 'ws://127.0.0.1:1/ws', 'AAPL');
    await tail.prints('no hub listens at ws://127.0.0.1:1/ws, start one with "npm start"');
    await tail.prints('attempt 2');
  });
});
