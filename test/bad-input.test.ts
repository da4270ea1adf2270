import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { frame, openingRequest } from './harness/hostile-frames.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { type Settings, startProcess } from './harness/processes.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';
import { createSeededRandom } from './harness/seeded-random.ts';

const fuzzMs = 5000;
/** Even where so many take longer. */
const attacksMin = 400;
/** And until so much of the rubbish got as far as the messages: a busy machine reads less of what is left unread. */
const errorsMin = 101;
const framesMax = 20;

for (const [script, settings, problems] of [
  [
    'processes/hub.ts',
    { PORT: 70_000, FLUSH_MS: 0, SHARE_PORT: 'maybe', DRIAN_MS: 5, REDIS_URL: 'http://s3cret@host' },
    ['TICKWIRE_PORT', 'TICKWIRE_FLUSH_MS', 'TICKWIRE_SHARE_PORT', 'TICKWIRE_DRIAN_MS'],
  ],
  [
    'processes/feed.ts',
    { VENUES: 'nasdaq', QUEUE_TICKS: 'many', SIMULATED_RATE: -1, COLOUR: 'blue', PUSH_TOKEN: 's3cret' },
    [
      'TICKWIRE_VENUES',
      'TICKWIRE_QUEUE_TICKS',
      'TICKWIRE_SIMULATED_RATE',
      'TICKWIRE_COLOUR',
      'TICKWIRE_PUSH_TOKEN',
    ],
  ],
] satisfies [string, Settings, string[]][])
  test(`${script} does not start with keys that are unknown or out of range, and names every one`, async () => {
    const started = startProcess(script, settings);
    assert.equal(await started.exited, 1, started.output());
    const output = started.output();
    for (const name of problems) assert.match(output, new RegExp(`^ +- ${name} `, 'm'));
    assert.doesNotMatch(output, /s3cret/, 'what is secret is not printed');
    assert.doesNotMatch(output, /^ +at /m, 'there is no stack trace');
  });

/** One connection that sends rubbish, and leaves in one of several ways. */
async function attack(port: number, random: () => number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => socket.destroy()); // the hub may end it at any moment
  socket.resume();
  socket.write(openingRequest(random));
  await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed, delay(50)]);
  const frames = Math.floor(random() * framesMax);
  for (let i = 0; i < frames && socket.writable; i++) socket.write(frame(random));
  await Promise.race([leave(socket, random()), closed]);
  socket.destroy();
  await closed;
}

/** By a reset, by a polite end of its half, or not at all for a while. */
async function leave(socket: Socket, way: number): Promise<void> {
  if (way < 0.3) socket.resetAndDestroy();
  else if (way < 0.6) socket.end();
  await delay(20);
}

test('five seconds of broken handshakes, frames and messages disturb no other client', async (t) => {
  const symbols = symbolNames(10);
  const scene = await Scene.open(t, await startRedis());
  const publisher = await scene.createPublisher(symbols, { rate: 500 });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub();
  const healthy = scene.useSdk(hub.url, 'healthy', { symbols });
  await scene.watch(hub.url, 'raw', { symbols, format: 'msgpack' });
  await until('it has begun', () => healthy.updates >= symbols.length);

  const random = createSeededRandom(20_240_914);
  const errors = async () => (await readMetrics(hub)).value('tickwire_hub_client_errors_total');
  let attacks = 0;
  let enough = false;
  const attackers = Array.from({ length: 8 }, async () => {
    for (; !enough; attacks++) await attack(hub.port, random);
  });
  await delay(fuzzMs);
  await until('the rubbish got as far as the messages', async () => {
    return attacks >= attacksMin && (await errors()) >= errorsMin;
  }).finally(() => {
    enough = true;
  });
  await Promise.all(attackers);

  await until(
    'the attackers are gone',
    async () => (await readMetrics(hub)).value('tickwire_hub_sockets') === 2,
  );
  t.diagnostic(`${attacks} attacks, ${await errors()} of their messages were answered with an error`);
  assert.equal(resetCount(await scene.finish()), 0);
  assert.equal(healthy.client.state, 'live');
  assert.equal(await hub.end(), 0);
  assert.doesNotMatch(hub.output(), /uncaught/);
});
