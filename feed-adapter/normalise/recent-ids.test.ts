import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentIds } from './recent-ids.ts';

for (const [kind, name] of [
  ['numbers', ''],
  ['texts', 'x'],
] as const) {
  test(`of ${kind}, the last so many ids are known and the one before them is forgotten`, () => {
    const ids = new RecentIds(3);
    for (let id = 1; id <= 10; id++) assert.equal(ids.take(`${name}${id}`), true);
    assert.deepEqual(
      ['8', '9', '10', '7'].map((id) => ids.take(name + id)),
      [false, false, false, true],
    );
  });
}

test('ids that would be one number are different ids', () => {
  const ids = new RecentIds(10);
  const written = ['7', '07', '7.0', '0x7', ' 7', '7e0', '9007199254740993', '9007199254740992'];
  assert.ok(written.every((id) => ids.take(id)));
  assert.ok(written.every((id) => !ids.take(id)));
});

test('whatever order they come in, an id is new unless it is among the last', () => {
  const anId = fc.integer({ min: 1, max: 12 }).map(String);
  fc.assert(
    fc.property(fc.array(anId, { maxLength: 60 }), (sequence) => {
      const ids = new RecentIds(4);
      const taken: string[] = [];
      for (const id of sequence) {
        const expected = !taken.slice(-4).includes(id);
        assert.equal(ids.take(id), expected);
        if (expected) taken.push(id);
      }
    }),
  );
});
