import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveInstance } from '#fanout/node-ports.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import { createNodeChoice } from './node-choice.ts';

function nodeOf(name: string, sockets: number, more: Partial<LiveInstance> = {}): LiveInstance {
  return {
    ...{ instance: name, registeredAt: 0, expiresAt: 1, sockets, ready: true },
    ...{ ipAddress: '127.0.0.1', portNumber: 1, protocol: 'ws', socketUrl: `ws://${name}/ws` },
    ...more,
  };
}

test('however many nodes and clients, a burst between two renewals spreads almost evenly', () => {
  const cases = fc.record({ seed: fc.integer(), nodes: fc.integer({ min: 1, max: 30 }), each: fc.nat(100) });
  fc.assert(
    fc.property(cases, ({ seed, nodes, each }) => {
      const choice = createNodeChoice(createSeededRandom(seed));
      const all = Array.from({ length: nodes }, (_, i) => nodeOf(`n${i}`, 1000));
      const handed = new Map(all.map(({ instance }) => [instance, 0]));
      for (let i = 0; i < nodes * each; i++) {
        const name = choice.choose(all)?.instance ?? '';
        handed.set(name, (handed.get(name) ?? 0) + 1);
      }
      const counts = [...handed.values()];
      assert.equal(handed.size, nodes, 'nobody else is named');
      // By one choice of chance the gap would grow with the square root of `each`, to 60 and more.
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 12, counts.join());
    }),
  );
});

test('unequal nodes become equal, and the fullest of three or more gets nobody', () => {
  const choice = createNodeChoice(createSeededRandom(1));
  const nodes = [nodeOf('full', 10_000), nodeOf('some', 300), nodeOf('empty', 0)];
  const sockets = new Map(nodes.map((node) => [node.instance, node.sockets]));
  for (let i = 0; i < 3000; i++) {
    const name = choice.choose(nodes)?.instance ?? '';
    sockets.set(name, (sockets.get(name) ?? 0) + 1);
  }
  assert.equal(sockets.get('full'), 10_000);
  assert.ok(Math.abs((sockets.get('some') ?? 0) - (sockets.get('empty') ?? 0)) < 20);
});

test('a renewal says what there is: what was handed out before it counts no more', () => {
  const choice = createNodeChoice(() => 0);
  const [one, other] = [nodeOf('one', 0), nodeOf('other', 5)];
  for (let i = 0; i < 6; i++) assert.equal(choice.choose([one, other])?.instance, 'one');
  assert.equal(choice.choose([one, other])?.instance, 'other');
  assert.equal(choice.choose([{ ...one, expiresAt: 2 }, other])?.instance, 'one');
});

test('nodes that are not ready, or take no sockets, are not chosen', () => {
  const choice = createNodeChoice(Math.random);
  const { socketUrl: _, ...deaf } = nodeOf('deaf', 0);
  const nodes = [nodeOf('draining', 0, { ready: false }), deaf, nodeOf('open', 9000)];
  for (let i = 0; i < 100; i++) assert.equal(choice.choose(nodes)?.instance, 'open');
  assert.equal(choice.choose([deaf]), undefined);
  assert.equal(choice.choose([]), undefined);
});
