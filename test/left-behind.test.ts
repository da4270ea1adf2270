import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { descendantsOf, isRunning } from './harness/child-processes.ts';
import { freePorts } from './harness/redis/free-ports.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { root } from './harness/source-files.ts';

/** Whoever ends a command ends all that it started, also by SIGKILL, which no process can pass on. */

const startTimeoutMs = 120_000;
const endTimeoutMs = 60_000;

interface Started {
  readonly pid: number;
  output(): string;
  /** Sends the signal to that process alone, and waits until it has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
  /** Those that run because of it, at the moment. */
  children(): readonly number[];
}

function start(t: TestContext, args: readonly string[], keys: Readonly<Record<string, string>>): Started {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('TICKWIRE_') || name.startsWith('TICKWIRE_TEST_'),
  );
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...Object.fromEntries(inherited), ...keys },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  const pid = child.pid ?? -1;
  const seen = new Set<number>();
  const children = (): readonly number[] => {
    for (const each of descendantsOf(pid)) seen.add(each);
    return [...seen].filter(isRunning);
  };
  t.after(() => {
    for (const each of [pid, ...children()]) if (isRunning(each)) process.kill(each, 'SIGKILL');
  });
  return {
    pid,
    output: () => output,
    children,
    async end(signal) {
      children();
      child.kill(signal);
      await exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
}

/** `tickwire NAME`, when it is ready. */
async function startCommand(t: TestContext, name: 'start' | 'hub' | 'feed'): Promise<Started> {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const [port = 0, feedPort = 0, operationsPort = 0] = await freePorts(3);
  const command = start(t, ['bin/tickwire.mjs', name], {
    TICKWIRE_PORT: String(port),
    TICKWIRE_FEED_PORT: String(feedPort),
    TICKWIRE_OPERATIONS_PORT: String(operationsPort),
    ...(name !== 'start' && { TICKWIRE_REDIS_URL: redis.url }),
    TICKWIRE_DRAIN_MS: '1000',
  });
  const ready = () => answers(`http://127.0.0.1:${operationsPort}/readyz`);
  await until(`tickwire ${name} is ready`, ready, startTimeoutMs);
  return command;
}

for (const signal of ['SIGKILL', 'SIGINT'] as const)
  for (const name of ['start', 'hub', 'feed'] as const)
    test(`${signal} of tickwire ${name} leaves no process behind`, async (t) => {
      const command = await startCommand(t, name);
      await command.end(signal);
      await until('nothing is left', () => command.children().length === 0, endTimeoutMs);
      assert.ok(!isRunning(command.pid));
    });

for (const signal of ['SIGKILL', 'SIGINT'] as const)
  test(`${signal} of the cluster's command leaves no process behind`, async (t) => {
    const cluster = start(t, ['--import', 'tsx', 'deploy/cluster/main.ts', '--port', '0'], {
      TICKWIRE_DRAIN_MS: '1000',
    });
    await until('it runs', () => cluster.output().includes('Ctrl-C stops everything'), startTimeoutMs);
    const logs = /\S*tickwire-cluster-\S*/.exec(cluster.output())?.[0] ?? '';
    assert.deepEqual(readdirSync(dirname(logs)).sort(), ['data', 'logs']);
    assert.equal(dirname(dirname(logs)), tmpdir());
    t.after(() => rmSync(join(dirname(logs)), { recursive: true, force: true }));
    assert.ok(cluster.children().length >= 7, 'Redis, two hubs, two adapters, HAProxy, Prometheus');
    await cluster.end(signal);
    await until('nothing is left', () => cluster.children().length === 0, endTimeoutMs);
  });
