import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { createLogger } from './logger.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';

interface LogLine {
  readonly msg: string;
  readonly step?: string;
  readonly open?: readonly string[];
}

interface Bench {
  readonly shutdown: Shutdown;
  readonly signals: EventEmitter;
  readonly lines: LogLine[];
  /** Every code the process was ended with. */
  readonly codes: number[];
  readonly exited: Promise<number>;
  /** So much time passes. */
  pass(ms: number): void;
}

function open(deadlineMs = 10_000): Bench {
  const lines: LogLine[] = [];
  const log = createLogger('test', 'debug', { write: (line) => void lines.push(JSON.parse(line)) });
  const signals = new EventEmitter();
  const codes: number[] = [];
  const ended = new EventEmitter();
  const exited = new Promise<number>((resolve) => ended.once('exit', resolve));
  const exit = (code: number): void => {
    codes.push(code);
    ended.emit('exit', code);
  };
  let nowMs = 5000;
  const shutdown = createShutdown({ log, exit, signals, now: () => nowMs }, { deadlineMs });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { shutdown, signals, lines, codes, exited, pass };
}

test('parts are stopped one after the other, the last registered first', async () => {
  const { shutdown, signals, exited, lines } = open();
  const events: string[] = [];
  for (const name of ['redis', 'hub', 'http']) {
    shutdown.register(name, async () => {
      events.push(`${name} stops`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} stopped`);
    });
  }
  signals.emit('SIGTERM');
  assert.equal(await exited, 0);
  const order = ['http', 'hub', 'redis'];
  assert.deepEqual(
    events,
    order.flatMap((name) => [`${name} stops`, `${name} stopped`]),
  );
  assert.deepEqual(
    lines.filter((line) => line.msg === 'stopped').map((line) => line.step),
    order,
  );
});

test('a step that fails is logged, the others are stopped, and the exit code tells', async () => {
  const { shutdown, signals, exited, lines } = open();
  let stopped = false;
  shutdown.register('redis', async () => {
    stopped = true;
  });
  shutdown.register('hub', () => Promise.reject(new Error('port gone')));
  signals.emit('SIGINT');
  assert.equal(await exited, 1);
  assert.ok(stopped);
  assert.ok(lines.some((line) => line.msg === 'could not be stopped' && line.step === 'hub'));
});

test('a second signal ends the process at once and says what was open', async () => {
  const { shutdown, signals, exited, lines, codes, pass } = open();
  shutdown.register('redis', async () => undefined);
  shutdown.register('hub', () => new Promise(() => undefined));
  signals.emit('SIGTERM');
  pass(250);
  signals.emit('SIGTERM');
  assert.equal(await exited, 1);
  assert.deepEqual(lines.at(-1)?.open, ['redis', 'hub']);
  assert.deepEqual(codes, [1]);
});

test('a signal that is heard twice in a moment, from a group and from the process in front, is one', async () => {
  const { shutdown, signals, exited, pass } = open();
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  shutdown.register('hub', () => stopped);
  signals.emit('SIGINT');
  pass(249);
  signals.emit('SIGINT');
  stop();
  assert.equal(await exited, 0);
});

test('the deadline ends the process and says what was open', async () => {
  const { shutdown, signals, exited, lines } = open(20);
  shutdown.register('redis', () => new Promise(() => undefined));
  shutdown.register('hub', async () => undefined);
  signals.emit('SIGTERM');
  assert.equal(await exited, 1);
  assert.deepEqual(lines.at(-1)?.open, ['redis']);
});

test('an error that reaches the top ends the process without tidying up', async () => {
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    const { shutdown, signals, exited, lines } = open();
    let stops = 0;
    shutdown.register('hub', async () => {
      stops++;
    });
    signals.emit(event, new Error('a bug'));
    assert.equal(await exited, 1);
    assert.equal(stops, 0);
    assert.equal(lines.at(-1)?.msg, 'uncaught error, the process ends');
  }
});

test('the end of the process that started this one begins the shutdown, and hurries none that has begun', async () => {
  const { shutdown, signals, exited, lines, codes } = open();
  const gate = new EventEmitter();
  shutdown.register('hub', () => new Promise((resolve) => gate.once('drained', resolve)));
  signals.emit('disconnect');
  signals.emit('disconnect');
  assert.deepEqual(codes, []);
  gate.emit('drained');
  assert.equal(await exited, 0);
  assert.ok(lines.every(({ msg }) => msg !== 'shutdown abandoned'));
});

test('a process whose starter had ended before it listened shuts down at once', async () => {
  const signals = Object.assign(new EventEmitter(), { connected: false });
  const log = createLogger('test', 'silent');
  const code = await new Promise((exit) => createShutdown({ log, exit, signals }, { deadlineMs: 10_000 }));
  assert.equal(code, 0);
});
