import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CatalogueEntry } from '#fanout/ports.ts';
import type { Identity } from '#hub/auth/authenticator.ts';
import { parseEntitlements, unrestricted } from '#hub/auth/entitlements.ts';
import { symbolOf } from '#hub/fixtures.ts';
import { createSymbolList } from './symbol-list.ts';

const limits = { listEntriesPerRound: 10, listsMax: 3, listSymbolsMax: 50_000 };

/** A catalogue that a test changes, and rounds of the event loop that it lets begin. */
function createScene(count: number, listSymbolsMax = limits.listSymbolsMax) {
  const catalogue = { entries: entriesOf(count) };
  const rounds: (() => void)[] = [];
  const list = createSymbolList(
    { catalogue, nextRound: (then) => void rounds.push(then) },
    { ...limits, listSymbolsMax },
  );
  /** Lets rounds begin until nobody waits for one; returns how many it were. */
  const settle = async (): Promise<number> => {
    for (let begun = 0; ; begun++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const next = rounds.shift();
      if (next === undefined) return begun;
      next();
    }
  };
  return { catalogue, list, settle };
}

function entriesOf(count: number): CatalogueEntry[] {
  return Array.from({ length: count }, (_, i) => ({ symbol: symbolOf(`S${i}`), source: 'test' }));
}

function identityOf(user: string | undefined, claim?: object): Identity {
  const parsed = parseEntitlements(claim);
  assert.ok(parsed.ok);
  return { user, expiresAt: Number.POSITIVE_INFINITY, entitlements: parsed.entitlements, claim };
}

const everybody: Identity = {
  user: undefined,
  expiresAt: Number.POSITIVE_INFINITY,
  entitlements: unrestricted,
  claim: undefined,
};
const restricted = (user: string) => identityOf(user, { symbols: ['S1*'] });

function symbolsIn(body: Buffer | undefined): readonly string[] {
  const { symbols } = JSON.parse(String(body)) as { symbols: readonly CatalogueEntry[] };
  return symbols.map(({ symbol }) => symbol);
}

test('a list looks at a bounded number of symbols in a round of the event loop', async () => {
  const { list, settle, catalogue } = createScene(95);
  const body = list.bodyFor(everybody);
  assert.equal(await settle(), 9);
  assert.deepEqual(
    symbolsIn(await body),
    catalogue.entries.map(({ symbol }) => symbol),
  );
});

test('the list of those who may see everything is made once for each catalogue', async () => {
  const { list, settle, catalogue } = createScene(50);
  const asked = [everybody, identityOf('ann'), everybody].map((identity) => list.bodyFor(identity));
  assert.equal(await settle(), 4);
  const [first, ...others] = await Promise.all(asked);
  for (const other of others) assert.equal(other, first);
  catalogue.entries = entriesOf(3);
  assert.deepEqual(symbolsIn(await list.bodyFor(everybody)), ['S0', 'S1', 'S2']);
});

test('a list has what the token allows and nothing else', async () => {
  const { list, settle } = createScene(21);
  const body = list.bodyFor(restricted('ann'));
  await settle();
  assert.deepEqual(symbolsIn(await body), ['S1', ...Array.from({ length: 10 }, (_, i) => `S${10 + i}`)]);
});

test('a user has one list made at a time, and no more users than the bound wait for theirs', async () => {
  const { list, settle } = createScene(50);
  const asked = ['ann', 'ann', 'bob', 'cid', 'dan'].map((user) => list.bodyFor(restricted(user)));
  const whole = list.bodyFor(everybody);
  await settle();
  const bodies = await Promise.all(asked);
  assert.deepEqual(
    bodies.map((body) => body !== undefined),
    [true, false, true, true, false],
  );
  assert.notEqual(await whole, undefined);
  const again = list.bodyFor(restricted('ann'));
  await settle();
  assert.notEqual(await again, undefined);
});

test('a long list counts as many requests', () => {
  for (const [count, times] of [
    [0, 1],
    [500, 1],
    [501, 2],
    [50_000, 100],
  ] as const)
    assert.equal(createScene(count).list.times, times);
});

test('of each source it counts what the user may see, in as many rounds, and once for all who may see everything', async () => {
  const { list, settle } = createScene(95);
  const mine = list.countsFor(restricted('ann'));
  assert.equal(await list.countsFor(restricted('ann')), undefined, 'one at a time');
  assert.equal(await list.bodyFor(restricted('ann')), undefined);
  assert.equal(await settle(), 9);
  assert.deepEqual([...((await mine) ?? [])], [['test', 11]]);
  const all = [list.countsFor(everybody), list.countsFor(everybody)];
  assert.equal(await settle(), 9);
  for (const counts of all) assert.deepEqual([...((await counts) ?? [])], [['test', 95]]);
});

test('a catalogue that is too large for one answer comes in pages, each of which says where the next begins', async () => {
  for (const identity of [everybody, identityOf('ann', { symbols: ['S*7'] })]) {
    const { list, settle, catalogue } = createScene(2500, 1000);
    catalogue.entries.sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    const found: string[] = [];
    let pages = 0;
    for (let after: string | undefined = ''; after !== undefined; pages++) {
      const body = list.bodyFor(identity, after);
      await settle();
      const answer = JSON.parse(String(await body)) as { symbols: CatalogueEntry[]; next?: string };
      found.push(...answer.symbols.map(({ symbol }) => symbol));
      after = answer.next;
    }
    const wanted = catalogue.entries.map(({ symbol }) => symbol as string);
    assert.deepEqual(
      found,
      wanted.filter((symbol) => identity === everybody || symbol.endsWith('7')),
    );
    assert.equal(pages, 3);
    assert.equal(list.times, 2, 'one page counts, not the whole catalogue');
  }
});

test('a page may begin behind any text, be it a symbol or not', async () => {
  const { list, settle, catalogue } = createScene(9);
  for (const [after, first] of [
    ['S3', 'S4'],
    ['S33', 'S4'],
    ['A', 'S0'],
    ['~', undefined],
  ] as const) {
    const body = list.bodyFor(everybody, after);
    await settle();
    assert.equal(symbolsIn(await body)[0], first, after);
  }
  assert.equal(catalogue.entries.length, 9);
});
