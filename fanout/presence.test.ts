import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#runtime/logger.ts';
import { until } from '#test/harness/redis/until.ts';
import { createMemoryNodes } from './memory/memory-nodes.ts';
import { type NodeRegistry, registryLimits } from './node-ports.ts';
import { FanoutError } from './ports.ts';
import { type AttemptOutcome, createPresence } from './presence.ts';

const log = createLogger('test', 'silent');
const leaseMs = 200;

/** A presence of `one` with a busyness that counts up, in `nodes`. */
function presenceIn(nodes: NodeRegistry, boot = 'boot') {
  const outcomes: AttemptOutcome[] = [];
  let sockets = 0;
  const presence = createPresence(
    {
      ...{ nodes, log },
      self: { service: 'hub', serviceName: 'Hub', instance: 'one', boot },
      describe: () => ({
        ...{ ipAddress: '127.0.0.1', portNumber: 1, protocol: 'ws' },
        ...{ sockets: sockets++, ready: true },
      }),
      metrics: { attempted: (outcome) => outcomes.push(outcome), left: () => undefined },
    },
    { leaseMs },
  );
  return { presence, outcomes };
}

const createNodes = (): NodeRegistry =>
  createMemoryNodes({ now: Date.now, elapsedMs: () => performance.now() }, registryLimits);

test('it is listed with what it says now for as long as it runs, and not after it has left', async () => {
  const nodes = createNodes();
  const { presence } = presenceIn(nodes);
  presence.start();
  const own = async () => (await nodes.list('hub'))?.instances[0];
  await until('it has renewed its lease beyond the first', async () => ((await own())?.sockets ?? 0) >= 8);
  await presence.leave();
  assert.equal(await nodes.list('hub'), undefined);
});

test('it never registers behind its leaving', async () => {
  const nodes = createNodes();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow: NodeRegistry = {
    ...nodes,
    async register(registration, ms) {
      await held;
      return nodes.register(registration, ms);
    },
  };
  const { presence, outcomes } = presenceIn(slow);
  presence.start();
  const left = presence.leave();
  release();
  await left;
  assert.deepEqual(outcomes, ['registered']);
  assert.equal(await nodes.list('hub'), undefined);
});

test('while another life has its id it tries on, and takes the id over when that lease is over', async () => {
  const nodes = createNodes();
  const record = { ipAddress: '127.0.0.2', portNumber: 2, protocol: 'ws', sockets: 0, ready: true };
  const other = { service: 'hub', serviceName: 'Hub', instance: 'one', boot: 'other', record };
  await nodes.register(other, 3 * leaseMs);
  const { presence, outcomes } = presenceIn(nodes);
  presence.start();
  await until('it is registered', () => outcomes.includes('registered'));
  assert.equal(outcomes[0], 'taken');
  assert.equal((await nodes.list('hub'))?.instances[0]?.ipAddress, '127.0.0.1');
  await presence.leave();
});

test('a registry that does not answer is tried on, and leaving it hinders nothing', async () => {
  const nodes = createNodes();
  let away = true;
  const failing = async <T>(work: () => Promise<T>): Promise<T> => {
    if (away) throw new FanoutError('unavailable', 'away');
    return work();
  };
  const flaky: NodeRegistry = {
    register: (registration, ms) => failing(() => nodes.register(registration, ms)),
    leave: (service, instance, boot) => failing(() => nodes.leave(service, instance, boot)),
    list: nodes.list,
  };
  const { presence, outcomes } = presenceIn(flaky);
  presence.start();
  await until('it has tried twice', () => outcomes.length >= 2);
  away = false;
  await until('it is registered', () => outcomes.includes('registered'));
  assert.equal(outcomes[0], 'unavailable');
  away = true;
  await presence.leave();
});
