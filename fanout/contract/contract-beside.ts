import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import type { SourceStatus } from '#fanout/ports.ts';
import { until } from '#test/harness/redis/until.ts';
import type { Subject } from './subject.ts';

/** The directory and the leases. */
export function describeBeside(subject: Subject): void {
  describeDirectory(subject);
  describeLeases(subject);
}

function describeDirectory(subject: Subject): void {
  describe('directory', () => {
    test('the catalogue holds what was announced, and its version changes only when that does', async () => {
      const { fanout, second } = subject();
      const { directory } = await second();
      const before = await directory.catalogueVersion();
      const entries = Array.from({ length: 2500 }, (_, i) => ({ symbol: symbolOf(`C${i}`), source: 'cat' }));
      await fanout.directory.announce(entries);
      const version = await directory.catalogueVersion();
      assert.notEqual(version, before);
      const announced = (await directory.catalogue()).filter(({ source }) => source === 'cat');
      assert.deepEqual(new Set(announced.map(({ symbol }) => symbol)), new Set(entries.map((e) => e.symbol)));
      await fanout.directory.announce(entries);
      assert.equal(await directory.catalogueVersion(), version);
      await fanout.directory.announce([{ symbol: symbolOf('C.NEW'), source: 'cat' }]);
      assert.notEqual(await directory.catalogueVersion(), version);
    });

    test('what its source does not bring any more leaves the catalogue, and nothing of other sources', async () => {
      const { fanout, second } = subject();
      const entriesOf = (source: string, ...names: string[]) =>
        names.map((name) => ({ symbol: symbolOf(name), source }));
      await fanout.directory.announce([...entriesOf('left', 'R1', 'R2', 'R3'), ...entriesOf('right', 'R4')]);
      const { directory } = await second();
      const version = await directory.catalogueVersion();
      assert.equal(await fanout.directory.retire('left', new Set([symbolOf('R1'), symbolOf('R9')])), 2);
      assert.notEqual(await directory.catalogueVersion(), version);
      const left = (await directory.catalogue()).filter(({ source }) => ['left', 'right'].includes(source));
      assert.deepEqual(left.map(({ symbol, source }) => `${symbol} ${source}`).sort(), [
        'R1 left',
        'R4 right',
      ]);
      const settled = await directory.catalogueVersion();
      assert.equal(await fanout.directory.retire('left', new Set([symbolOf('R1')])), 0);
      assert.equal(await directory.catalogueVersion(), settled);
    });

    test('a symbol that two sources announce stays with the first, however often they repeat it', async () => {
      const { fanout, second } = subject();
      const both = symbolOf('BOTH');
      const sourceOf = async (): Promise<string | undefined> =>
        (await (await second()).directory.catalogue()).find(({ symbol }) => symbol === both)?.source;
      await fanout.directory.announce([{ symbol: both, source: 'first' }]);
      const version = await fanout.directory.catalogueVersion();
      for (const source of ['second', 'first', 'second']) {
        await fanout.directory.announce([{ symbol: both, source }]);
        assert.equal(await sourceOf(), 'first');
      }
      assert.equal(await fanout.directory.catalogueVersion(), version);
      await fanout.directory.retire('second', new Set());
      assert.equal(await sourceOf(), 'first');
      await fanout.directory.retire('first', new Set());
      await fanout.directory.announce([{ symbol: both, source: 'second' }]);
      assert.equal(await sourceOf(), 'second');
    });

    test('announcing nothing changes nothing', async () => {
      const { directory } = subject().fanout;
      const version = await directory.catalogueVersion();
      await directory.announce([]);
      assert.equal(await directory.catalogueVersion(), version);
    });

    test("a source's state is shown as reported, the latest of each instance", async () => {
      const { fanout, second } = subject();
      await fanout.directory.report({ ...statusOf('seen', 'one'), state: 'connecting' }, 60_000);
      const leading = {
        ...statusOf('seen', 'one'),
        problem: 'slow',
        lastTickAt: 17,
        rejected: { malformed: 2 },
      };
      await fanout.directory.report(leading, 60_000);
      await fanout.directory.report({ ...statusOf('seen', 'two'), state: 'standby' }, 60_000);
      const seen = (await (await second()).directory.sources()).filter(({ source }) => source === 'seen');
      assert.deepEqual(
        seen.sort((a, b) => a.instance.localeCompare(b.instance)),
        [leading, { ...statusOf('seen', 'two'), state: 'standby' }],
      );
    });

    test('a state that is not repeated is forgotten', async () => {
      const { directory } = subject().fanout;
      await directory.report(statusOf('brief', 'one'), 30);
      const isShown = async () => (await directory.sources()).some(({ source }) => source === 'brief');
      await until('the state has expired', async () => !(await isShown()), 2000);
    });
  });
}

function describeLeases(subject: Subject): void {
  describe('leases', () => {
    test('one holder at a time; taking it again renews it under the same token', async () => {
      const { fanout, second } = subject();
      const token = await fanout.leases.acquire('lease', 'one', 60_000);
      assert.ok(token !== undefined && token > 0);
      const { leases } = await second();
      assert.equal(await leases.acquire('lease', 'two', 60_000), undefined);
      assert.equal(await fanout.leases.acquire('lease', 'one', 60_000), token);
    });

    test('a released lease goes to the next holder under a later token', async () => {
      const { leases } = subject().fanout;
      const token = await leases.acquire('handed', 'one', 60_000);
      await leases.release('handed', 'two');
      assert.equal(await leases.acquire('handed', 'two', 60_000), undefined, "another's release counts");
      await leases.release('handed', 'one');
      const next = await leases.acquire('handed', 'two', 60_000);
      assert.ok(token !== undefined && next !== undefined && next > token);
    });

    test('a lease that is not renewed goes to the next holder under a later token', async () => {
      const { leases } = subject().fanout;
      const token = await leases.acquire('lapsed', 'one', 30);
      let next: number | undefined;
      await until('the lease has lapsed', async () => {
        next = await leases.acquire('lapsed', 'two', 60_000);
        return next !== undefined;
      });
      assert.ok(token !== undefined && next !== undefined && next > token);
      assert.equal(await leases.acquire('lapsed', 'one', 60_000), undefined);
    });
  });
}

function statusOf(source: string, instance: string): SourceStatus {
  return {
    source,
    instance,
    state: 'leading',
    symbols: 5,
    published: 10,
    rejected: {},
    gaveUp: 0,
    venueGaps: 1,
    reconnects: 2,
  };
}
