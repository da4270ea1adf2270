import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { type TestContext, test } from 'node:test';
import { closed } from '#runtime/closed-fixture.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import { symbolsAt } from '#test/harness/pages.ts';
import { startFeedProcess, startHubProcess } from '#test/harness/processes.ts';
import { connectRaw } from '#test/harness/raw-client.ts';
import { freePorts } from '#test/harness/redis/free-ports.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { root } from '#test/harness/source-files.ts';
import { type NodeMajor, nodeFolder, nodeReleases } from './node-releases.ts';

const majors = Object.keys(nodeReleases).map(Number) as NodeMajor[];
const pushToken = 'a-token-for-this-test';

/** The environment of somebody who has that Node installed. */
async function environmentOf(major: NodeMajor): Promise<NodeJS.ProcessEnv> {
  const path = [await nodeFolder(major), process.env.PATH].join(delimiter);
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TICKWIRE_'));
  return { ...Object.fromEntries(inherited), PATH: path };
}

/** `npm start` in a shell of its own; everything that it printed, and its end by Ctrl-C. */
function npmStart(t: TestContext, env: NodeJS.ProcessEnv) {
  const child = spawn('npm', ['start'], {
    ...{ cwd: root, env, detached: true }, // a process group, as a terminal has it
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = closed(child);
  const signal = (name: NodeJS.Signals): void => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-Number(child.pid), name);
  };
  t.after(() => signal('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
    });
  return { output: () => output, signal, exited, child };
}

for (const major of majors) {
  test(`npm start serves page and prices under Node ${major}`, async (t) => {
    const [port = 0, operationsPort = 0] = await freePorts(2);
    const keys = { TICKWIRE_PORT: String(port), TICKWIRE_OPERATIONS_PORT: String(operationsPort) };
    const started = npmStart(t, { ...(await environmentOf(major)), ...keys });
    await until('it serves', async () => {
      assert.equal(started.child.exitCode, null, started.output());
      return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
    });
    assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /<html/);
    const page = await readMetrics({ operationsPort });
    assert.equal(page.value('nodejs_version_info', { major: String(major) }), 1, 'it is that Node');
    for (const format of ['json', 'msgpack'] as const) {
      const client = await connectRaw(`ws://127.0.0.1:${port}/ws`, { format });
      client.send({ type: 'subscribe', symbols: ['AAPL'] });
      const { data } = await client.waitForType('price_update');
      assert.ok(Number(data.AAPL?.price) > 0);
      await client.close();
    }
    started.signal('SIGINT');
    await started.exited;
    assert.doesNotMatch(started.output(), /^ +at /m, 'no stack');
  });

  test(`a hub and a feed adapter bring a pushed price from one to the other under Node ${major}`, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const program = `${await nodeFolder(major)}/node`;
    const shared = { REDIS_URL: redis.url, DRAIN_MS: 0 };
    const hub = await startHubProcess(shared, [], program);
    t.after(() => hub.end('SIGKILL'));
    const push = { VENUES: 'push', PUSH_SYMBOLS: 'AAPL', PUSH_TOKEN: pushToken };
    const feed = await startFeedProcess({ ...shared, ...push }, [], program);
    t.after(() => feed.end('SIGKILL'));
    const page = await readMetrics(hub);
    assert.equal(page.value('nodejs_version_info', { major: String(major) }), 1, 'it is that Node');
    assert.deepEqual(await symbolsAt(hub, 'push'), ['AAPL']);
    const client = await connectRaw(hub.url);
    client.send({ type: 'subscribe', symbols: ['AAPL'] });
    await client.waitForType('subscribed');
    await until('the adapter takes it', async () => {
      const response = await fetch(`http://127.0.0.1:${feed.port}/ticks`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${pushToken}`, 'Content-Type': 'application/json' },
        body: '[{"symbol":"AAPL","price":123.25}]',
      });
      return response.status === 200;
    });
    const { data } = await client.waitForType('price_update');
    assert.equal(data.AAPL?.price, 123.25);
    client.send({ type: 'ping', id: 'é😀' });
    assert.equal((await client.waitForType('pong')).id, 'é😀');
    await client.close();
    assert.equal(await feed.end(), 0, feed.output());
    assert.equal(await hub.end(), 0, hub.output());
  });
}
