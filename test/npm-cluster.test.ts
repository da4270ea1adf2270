import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import { closed } from '#runtime/closed-fixture.ts';
import { connectRaw } from './harness/raw-client.ts';
import { until } from './harness/redis/until.ts';
import { root } from './harness/source-files.ts';

const startTimeoutMs = 90_000;
const stopTimeoutMs = 60_000;

/** `npm run cluster` as a developer starts it, on any free ports. */
function runCluster(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'deploy/cluster/main.ts', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const exited = closed(child).then(() => child.exitCode);
  t.after(async () => {
    const logs = /\S*tickwire-cluster-\S*/.exec(output)?.[0];
    child.kill('SIGTERM');
    await exited;
    if (logs !== undefined) rmSync(dirname(logs), { recursive: true, force: true });
  });
  return { child, exited, output: () => output };
}

/** The address, or the process id, in a row of the table. */
function row(output: string, name: string): { url: string; port: number; pid: number } {
  const [, url = '', note = ''] = new RegExp(`^  ${name} +(\\S+) *(.*)$`, 'm').exec(output) ?? [];
  return { url, port: Number(/:(\d+)/.exec(url)?.[1]), pid: Number(/pid (\d+)/.exec(note)?.[1]) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('one command shows a cluster, one Ctrl-C ends all of it', async (t) => {
  const cluster = runCluster(t, ['--port', '0', '--hubs', '3']);
  await until('the table is there', () => cluster.output().includes('Ctrl-C stops'), startTimeoutMs);
  const found = (name: string) => row(cluster.output(), name);

  const page = await fetch(found('screen').url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<html/);
  const raw = await connectRaw(found('sockets').url);
  raw.send({ type: 'subscribe', symbols: ['AAPL'] });
  await raw.waitForType('price_update');
  for (let i = 0; i < 5; i++) {
    const session = await fetch(found('session').url, { method: 'POST' });
    const { websocket_url: url } = (await session.json()) as { websocket_url: string };
    const socket = await connectRaw(url);
    const { node } = await socket.waitForType('welcome');
    assert.equal(node, new URL(url).searchParams.get('node'), 'the gateway follows the hint of the ticket');
    await socket.cut();
  }
  const targets = async (): Promise<string[]> => {
    const response = await fetch(`${found('Prometheus').url}/api/v1/targets?state=active`);
    const { data } = (await response.json()) as {
      data: { activeTargets: { scrapePool: string; health: string }[] };
    };
    return data.activeTargets.map(({ scrapePool, health }) => `${scrapePool} ${health}`).sort();
  };
  const everybody = [
    'prometheus up',
    ...['tickwire-feed up', 'tickwire-feed up', 'tickwire-gateway up'],
    ...['tickwire-hub up', 'tickwire-hub up', 'tickwire-hub up'],
  ];
  await until('Prometheus has read everybody', async () => {
    assert.deepEqual(await targets(), everybody);
    return true;
  });

  const members = ['hub-1', 'hub-2', 'hub-3', 'feed-1', 'feed-2', 'Redis'];
  const pids = members.map((name) => found(name).pid);
  assert.ok(pids.every(isAlive));
  process.kill(found('hub-3').pid, 'SIGKILL');
  await until('the dead one is named', () => cluster.output().includes('hub-3 ended with SIGKILL'));
  assert.equal((await fetch(`${found('screen').url}/health`)).status, 200, 'the others go on');

  cluster.child.kill('SIGINT');
  await until('it has ended', () => cluster.child.exitCode !== null, stopTimeoutMs);
  assert.equal(await cluster.exited, 0, cluster.output());
  const stops = [...cluster.output().matchAll(/✓ (\S+) +stopped/g)].map(([, name = '']) => name);
  assert.equal(stops.at(-1), 'redis', 'what all need is stopped last');
  assert.deepEqual(stops.slice(0, 2).sort(), ['hub-1', 'hub-2'], 'and those with clients first');
  assert.deepEqual(pids.filter(isAlive), []);
});

test('a cluster that can not start says why, and leaves nothing behind', async (t) => {
  const gone = {
    ...process.env,
    TICKWIRE_TEST_HAPROXY: '/not/there',
    TICKWIRE_TEST_PROMETHEUS: '/not/there',
  };
  const without = runCluster(t, ['--port', '0'], gone);
  assert.equal(await without.exited, 1);
  assert.match(
    without.output(),
    /^haproxy .* is not here: apt-get install haproxy, or set TICKWIRE_TEST_HAPROXY/m,
  );
  assert.match(without.output(), /^prometheus .*; or leave it out: --without prometheus$/m);

  const wrong = runCluster(t, ['--hubs', '9', '--without', 'redis']);
  assert.equal(await wrong.exited, 2);
  assert.match(
    wrong.output(),
    /^--hubs is 9, but must be a whole number from 1 to 8\n--without is redis, but must be prometheus$/m,
  );

  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const late = runCluster(t, ['--port', String(port), '--without', 'prometheus']);
  assert.equal(await late.exited, 1);
  assert.match(late.output(), /^port \d+ is taken: .* choose another with --port$/m);

  const broken = runCluster(t, ['--port', '0', '--without', 'prometheus'], {
    ...process.env,
    TICKWIRE_FLUSH_MS: '0',
  });
  assert.equal(await broken.exited, 1);
  assert.match(broken.output(), /✗ \S+ ended with code 1; the end of /);
  assert.match(broken.output(), /TICKWIRE_FLUSH_MS is "0"/);
  assert.match(broken.output(), /✓ redis +stopped/);
});
