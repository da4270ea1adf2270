import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CatalogueEntry, Directory } from '#fanout/ports.ts';
import { createLogger } from '#runtime/logger.ts';
import { createCatalogue } from './catalogue.ts';
import { symbolOf } from './fixtures.ts';

const keepMs = 10_000;

function createScene() {
  const stored = { version: '1', entries: [] as CatalogueEntry[] };
  const directory = {
    catalogueVersion: async () => stored.version,
    catalogue: async () => stored.entries,
  } as Pick<Directory, 'catalogue' | 'catalogueVersion'> as Directory;
  const clock = { now: 0 };
  const catalogue = createCatalogue(
    { directory, log: createLogger('test', 'silent'), now: () => clock.now },
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
