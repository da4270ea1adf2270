import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChannelTable, type TableEntry } from './channel-table.ts';

interface Entry extends TableEntry<Entry> {
  readonly number: number;
}

function find(table: ChannelTable<Entry>, name: string): Entry | undefined {
  const bytes = Buffer.from(`..${name}..`, 'latin1');
  return table.find(bytes, 2, bytes.length - 2);
}

test('a table finds by bytes and by name what a map of names would', () => {
  const name = fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', '\xff') });
  const steps = fc.array(fc.record({ name, kept: fc.boolean() }), { maxLength: 100 });
  fc.assert(
    fc.property(steps, (added) => {
      const table = new ChannelTable<Entry>();
      const model = new Map<string, Entry>();
      for (const [number, step] of added.entries()) {
        const entry: Entry = { name: step.name, number, next: undefined };
        if (!step.kept) {
          table.delete(step.name);
          model.delete(step.name);
        } else if (!model.has(step.name)) {
          table.add(entry);
          model.set(step.name, entry);
        }
        assert.equal(table.size, model.size);
      }
      for (const { name } of added) {
        assert.equal(table.get(name)?.number, model.get(name)?.number);
        assert.equal(find(table, name)?.number, model.get(name)?.number);
      }
      const numbers = (entries: Iterable<Entry>) => Array.from(entries, (entry) => entry.number).sort();
      assert.deepEqual(numbers(table.values()), numbers(model.values()));
    }),
  );
});

// Pairs that FNV-1a gives one hash.
const colliding = [
  ['costarring', 'liquid'],
  ['declinate', 'macallums'],
  ['altarage', 'zinke'],
] as const;

test('names of one hash are told apart, also when one of them goes', () => {
  for (const [first, second] of colliding) {
    const table = new ChannelTable<Entry>();
    table.add({ name: first, number: 1, next: undefined });
    table.add({ name: second, number: 2, next: undefined });
    assert.deepEqual([find(table, first)?.number, find(table, second)?.number], [1, 2]);
    table.delete(first);
    assert.deepEqual(
      [table.get(first), find(table, first), find(table, second)?.number],
      [undefined, undefined, 2],
    );
    table.delete(second);
    assert.deepEqual([...table.values()], []);
  }
});
