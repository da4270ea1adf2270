import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CatalogueEntry, Directory } from '#fanout/ports.ts';
import { symbolOf } from '#hub/fixtures.ts';
import { createLogger } from '#runtime/logger.ts';
import { createCatalogue } from './catalogue.ts';

const keepMs = 10_000;

function createScene() {
  const stored = { version: '1', entries: [] as CatalogueEntry[] };
  const directory = {
    catalogueVersion: async () => stored.version,
    catalogue: async () => stored.entries,
  } as Pick<Directory, 'catalogue' | 'catalogueVersion'> as Directory;
  const clock = { now: 0 };
  const catalogue = createCatalogue(
    { directory, log: createLogger('test', 'silent'), now: () => clock.now, nextRound: setImmediate },
    { catalogueKeepMs: keepMs },
  );
  return {
    clock,
    catalogue,
    /** Another version of the catalogue, with these symbols. */
    async become(version: string, names: readonly string[]) {
      stored.version = version;
      stored.entries = names.map((name) => ({ symbol: symbolOf(name), source: 'test' }));
      await catalogue.refresh();
    },
    names: () => catalogue.entries.map(({ symbol }) => symbol as string),
  };
}

test('symbols that the catalogue lost stay until their source has announced them again', async () => {
  const { catalogue, become, names } = createScene();
  await become('1', ['A', 'B', 'C']);
  await become('0', []);
  assert.deepEqual(names(), ['A', 'B', 'C']);
  await become('2', ['B']);
  assert.deepEqual(names(), ['A', 'B', 'C']);
  assert.ok(catalogue.has(symbolOf('C')));
  await become('3', ['A', 'B', 'C', 'D']);
  assert.deepEqual(names(), ['A', 'B', 'C', 'D']);
});

test('symbols that nobody announces any more go after a while, without another version', async () => {
  const scene = createScene();
  await scene.become('1', ['A', 'B']);
  await scene.become('2', ['B']);
  scene.clock.now = keepMs - 1;
  await scene.catalogue.refresh();
  assert.deepEqual(scene.names(), ['A', 'B']);
  scene.clock.now = keepMs;
  await scene.catalogue.refresh();
  assert.deepEqual(scene.names(), ['B']);
  assert.ok(!scene.catalogue.has(symbolOf('A')));
});

test('a large catalogue is read while the event loop does its other work, once at a time', async () => {
  const count = 200_000;
  const entries = Array.from({ length: count }, (_, i) => ({
    symbol: symbolOf(`L${(i * 7919) % count}`),
    source: 'l',
  }));
  let reads = 0;
  const directory = {
    catalogueVersion: async () => '1',
    catalogue: async () => {
      reads++;
      return entries;
    },
  } as Pick<Directory, 'catalogue' | 'catalogueVersion'> as Directory;
  let rounds = 0;
  const nextRound = (then: () => void): void => {
    rounds++;
    setImmediate(then);
  };
  const catalogue = createCatalogue(
    { directory, log: createLogger('test', 'silent'), now: () => 0, nextRound },
    { catalogueKeepMs: keepMs },
  );
  const refreshing = catalogue.refresh();
  assert.equal(catalogue.refresh(), refreshing);
  await refreshing;
  assert.deepEqual([reads, catalogue.entries.length, [...catalogue.sourceNames]], [1, count, ['l']]);
  assert.ok(
    catalogue.entries.every((entry, i) => i === 0 || (catalogue.entries[i - 1]?.symbol ?? '') < entry.symbol),
  );
  assert.ok(rounds > count / 5000, `${rounds} rounds`);
});
