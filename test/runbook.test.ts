import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { toolCommand } from './harness/find-tool.ts';
import { type HubProcess, startFeedProcess, startHubProcess } from './harness/processes.ts';
import { connectRaw } from './harness/raw-client.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { root } from './harness/source-files.ts';

/** Whoever is paged pastes what the documents say: each command is run here, as it stands, against a running Tickwire. */

const folder = join(root, 'docs');
const timeoutMs = 20_000;
/** The end of `timeout 1 …`. */
const timedOut = 124;

interface Command {
  readonly page: string;
  readonly text: string;
}

/** In a block a command ends before what is said of it, two spaces on. */
function commandsOf(page: string): readonly Command[] {
  const text = readFileSync(join(folder, page), 'utf8');
  const blocks = [...text.matchAll(/^```.*\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const spans = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(
    ([, span = '']) => span,
  );
  const found = [...blocks.map((line) => line.split(/ {2,}/, 1)[0] ?? ''), ...spans];
  return found
    .filter((command) => /^(timeout \d+ )?redis-cli .|^curl .*\/\/HUB:/.test(command))
    .map((command) => ({ page, text: command }));
}

const commands = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap(commandsOf);

/** A folder with a `redis-cli` that knows where this Redis is, to be found before the machine's own. */
function withRedisCli(t: TestContext, redis: RedisProcess): string {
  const bin = mkdtempSync(join(tmpdir(), 'tickwire-runbook-'));
  t.after(() => rmSync(bin, { recursive: true, force: true }));
  const cli = join(dirname(toolCommand('redis-server', process.env)), 'redis-cli');
  const program = cli.includes('/') ? cli : 'redis-cli';
  const path = join(bin, 'redis-cli');
  const search = `PATH=${JSON.stringify(process.env.PATH ?? '')}`;
  writeFileSync(path, `#!/bin/sh\n${search} exec ${program} -p ${redis.port} "$@"\n`);
  chmodSync(path, 0o755);
  return bin;
}

function run(command: string, bin: string): Promise<{ code: number | string; output: string }> {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  return new Promise((resolve) =>
    execFile(
      'bash',
      ['-o', 'pipefail', '-c', command],
      { env, timeout: timeoutMs },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: (stdout + stderr).trim() }),
    ),
  );
}

/** What happened before somebody looks: a slow command, and one that a user may not send. */
async function trouble(redis: RedisProcess, bin: string): Promise<void> {
  await run('redis-cli CONFIG SET slowlog-log-slower-than 0', bin);
  await run('redis-cli --user nobody --pass wrong PING', bin);
  assert.match((await run('redis-cli SLOWLOG LEN', bin)).output, /^[1-9]/, `${redis.port} has slow commands`);
}

function placed(text: string, { port, operationsPort }: HubProcess): string {
  return text
    .replace('//HUB:9090', `//127.0.0.1:${operationsPort}`)
    .replace('//HUB:8080', `//127.0.0.1:${port}`)
    .replace(/ \| jq$/, '');
}

test('every command of the documents that asks Redis or a hub runs, and prints something', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const bin = withRedisCli(t, redis);
  const feed = await startFeedProcess({ REDIS_URL: redis.url });
  t.after(() => feed.end('SIGKILL'));
  const hub = await startHubProcess({ REDIS_URL: redis.url });
  t.after(() => hub.end('SIGKILL'));
  await until('the hub has the adapter among its sources', async () => {
    const response = await fetch(`http://127.0.0.1:${hub.port}/sources`);
    return (await response.text()).includes('simulated');
  });
  const client = await connectRaw(hub.url); // a hub of nobody subscribes to nothing
  t.after(() => client.cut());
  client.send({ type: 'subscribe', symbols: ['AAPL'] });
  await client.waitForType('price_update', timeoutMs);
  await trouble(redis, bin);
  assert.ok(commands.length >= 10, 'the documents have commands');
  for (const { page, text } of commands) {
    const { code, output } = await run(placed(text, hub), bin);
    assert.ok(
      code === 0 || (code === timedOut && text.startsWith('timeout ')),
      `${page}: ${text}: ${code} ${output}`,
    );
    assert.notEqual(output, '', `${page}: ${text} prints nothing`);
    assert.doesNotMatch(output, /^(\(error\) )?(ERR|NOAUTH|NOPERM|WRONGTYPE) /m, `${page}: ${text}`);
  }
});

test('no command of Redis stands in the runbook without the program that sends it', () => {
  const runbook = readFileSync(join(folder, 'runbook.md'), 'utf8');
  const bare = /`(INFO|CONFIG|CLIENT|SLOWLOG|LATENCY|ACL|MONITOR|PUBSUB|MEMORY|HDEL|XINFO) ?[^`]*`/g;
  assert.deepEqual(runbook.match(bare) ?? [], []);
});
