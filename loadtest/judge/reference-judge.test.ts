import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PriceUpdate, SubscribedSymbol } from '#protocol/messages.ts';
import {
  type Coverage,
  disconnected,
  holds,
  type Judgement,
  nothingHeld,
  reset,
  resuming,
  subscribed,
  update,
} from './reference-judge.ts';

type Message = (held: Coverage) => Judgement;

const updated =
  (seq: number, fields: Partial<PriceUpdate> = {}): Message =>
  (held) =>
    update(held, { price: 1, timestamp: '2024-09-14T12:34:56.789Z', seq, ...fields });
const answered =
  (answer: SubscribedSymbol): Message =>
  (held) =>
    subscribed(held, answer);
const resetTo =
  (position?: string): Message =>
  (held) =>
    reset(held, position);
const cut: Message = (held) => ({ held: disconnected(held), covered: 0 });
const snapshot = { snapshot: true } as const;

/** What is held after the messages, and the rules that they broke. */
function after(held: Coverage, ...messages: readonly Message[]) {
  const found: string[] = [];
  let now = held;
  for (const message of messages) {
    const judgement = message(now);
    if (judgement.violation !== undefined) found.push(judgement.violation.kind);
    now = judgement.held;
  }
  return { held: now, found };
}

/** Holds everything up to 10 of epoch 7. */
const { held: holding } = after(nothingHeld, answered({ position: '7-10' }), updated(10, snapshot));

const cases: Record<
  string,
  readonly (readonly [start: Coverage, messages: readonly Message[], found: string])[]
> = {
  '1. nothing comes before `subscribed`': [
    [nothingHeld, [updated(0)], 'not_subscribed'],
    [nothingHeld, [resetTo('7-1')], 'not_subscribed'],
    [holding, [cut, updated(11)], 'not_subscribed'],
  ],
  '2. what is held outlives the connection': [
    [holding, [cut, answered({ position: '7-12', recovered: true }), updated(11), updated(12)], ''],
    [holding, [resetTo('7-15'), cut, answered({ position: '7-15', recovered: true })], 'false_recovery'],
    [resuming({ epoch: 7, seq: 2 }), [answered({ position: '7-4', recovered: true }), updated(3)], ''],
  ],
  '3. a position is well formed': [
    [nothingHeld, [answered({ position: '7' })], 'malformed'],
    [holding, [resetTo('7')], 'malformed'],
  ],
  '4. the snapshot of the position told is next': [
    [holding, [resetTo('7-15'), updated(15, snapshot), updated(16)], ''],
    [holding, [resetTo('7-15'), resetTo('7-16'), updated(16, snapshot)], ''],
    [holding, [resetTo('7-15'), updated(15)], 'missing_snapshot'],
    [holding, [resetTo('7-15'), updated(16)], 'missing_snapshot'],
    [holding, [resetTo('7-15'), updated(16, snapshot)], 'missing_snapshot'],
    [nothingHeld, [answered({ position: '7-15' }), updated(14, snapshot)], 'missing_snapshot'],
  ],
  '5. without a position one is told before the next update': [
    [nothingHeld, [answered({}), updated(0)], 'missing_reset'],
    [nothingHeld, [answered({}), resetTo('7-0'), updated(0, snapshot), updated(1)], ''],
    [holding, [resetTo(), updated(0)], 'missing_reset'],
    [holding, [answered({ position: '7-9', recovered: false }), updated(9, snapshot)], 'missing_reset'],
  ],
  '6. a recovery continues what is held': [
    [nothingHeld, [answered({ position: '7-9', recovered: true })], 'false_recovery'],
    [holding, [cut, answered({ position: '8-12', recovered: true })], 'false_recovery'],
    [holding, [cut, answered({ position: '7-9', recovered: true })], 'false_recovery'],
    [holding, [cut, answered({ recovered: true })], 'false_recovery'],
  ],
  '7. a symbol begins where it had no position, with number 0': [
    [nothingHeld, [answered({}), answered({ position: '7-0', begins: true }), updated(0, snapshot)], ''],
    [nothingHeld, [answered({ position: '7-0', begins: true })], 'false_beginning'],
    [nothingHeld, [answered({}), answered({ position: '7-1', begins: true })], 'false_beginning'],
    [holding, [answered({ position: '8-0', begins: true })], 'false_beginning'],
  ],
  '8. a range does not end before it begins': [[holding, [updated(11, { from: 12 })], 'malformed']],
  '9. an update joins on': [
    [holding, [updated(11), updated(20, { from: 12 })], ''],
    [holding, [updated(12), updated(13)], 'gap'],
    [holding, [updated(15, { from: 12 })], 'gap'],
    [holding, [updated(12, snapshot)], 'gap'],
  ],
  '10. an update brings something new, or is a snapshot': [
    [holding, [updated(10)], 'duplicate'],
    [holding, [updated(3)], 'duplicate'],
    [holding, [updated(12), updated(11)], 'gap, duplicate'],
    [holding, [updated(10, snapshot)], ''],
  ],
  '11. an update repeats nothing, or is a snapshot': [
    [holding, [updated(12, { from: 9 })], 'overlap'],
    [holding, [updated(14, { from: 8, ...snapshot }), updated(14, snapshot)], ''],
  ],
  '12. a snapshot does not go back': [[holding, [updated(9, snapshot)], 'old_snapshot']],
};

for (const [rule, examples] of Object.entries(cases))
  test(`rule ${rule}`, () => {
    examples.forEach(([start, messages, expected], index) => {
      assert.equal(after(start, ...messages).found.join(', '), expected, `example ${index + 1}`);
    });
  });

test('an update covers the numbers that were not held before', () => {
  const coveredBy = (message: Message): number => message(holding).covered;
  assert.equal(coveredBy(updated(11)), 1);
  assert.equal(coveredBy(updated(15, { from: 11 })), 5);
  assert.equal(coveredBy(updated(15, { from: 8, ...snapshot })), 5);
  assert.equal(coveredBy(updated(15, { from: 14 })), 2, 'what is missing is not covered');
  assert.equal(coveredBy(updated(10, snapshot)), 0);
});

test('a position is held when everything up to it has come, the snapshot that is due as well', () => {
  assert.equal(holds(holding, { epoch: 7, seq: 10 }), true);
  assert.equal(holds(holding, { epoch: 7, seq: 11 }), false);
  assert.equal(holds(holding, { epoch: 8, seq: 1 }), false);
  assert.equal(holds(disconnected(holding), { epoch: 7, seq: 10 }), true);
  assert.equal(holds(after(holding, resetTo('7-15')).held, { epoch: 7, seq: 15 }), false);
});

test('what was missed is replayed up to the position of the recovery', () => {
  const { held } = after(holding, cut, answered({ position: '7-12', recovered: true }));
  assert.equal(held.replayTo, 12);
  assert.equal(after(held, resetTo('7-15')).held.replayTo, -1);
});
