import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { until } from '#test/harness/redis/until.ts';
import { hashSlot } from './hash-slot.ts';
import { createClusterShardMap, type SlotsClient } from './shard-map.ts';

const slotCount = 16_384;
const north = '10.0.0.1:7000';
const south = '10.0.0.2:7000';

/** A client of a cluster that is told what `answer` says, and what was asked of it. */
class FakeClient extends EventEmitter implements SlotsClient {
  slots: (string[] | undefined)[] = [];
  answer: (slot: number) => string = () => north;
  asked = 0;

  refreshSlotsCache(): void {
    this.asked++;
  }

  /** Answers what was asked; as ioredis does, all slots of a shard share one list. */
  refreshed(): void {
    const lists = new Map([north, south].map((shard) => [shard, [shard]]));
    this.slots = Array.from({ length: slotCount }, (_, slot) => lists.get(this.answer(slot)));
    this.emit('refresh');
  }
}

function start(doubtIntervalMs = 60_000) {
  const clients = [new FakeClient(), new FakeClient()] as const;
  const map = createClusterShardMap(clients, { doubtIntervalMs, doubtMs: 60_000 });
  const seen = { changes: 0 };
  map.onChange(() => seen.changes++);
  return { clients, writer: clients[0], map, seen };
}

test('before the cluster has answered no shard is known', () => {
  const { map } = start();
  assert.equal(map.shardOf(0), undefined);
  map.close();
});

test('an answer that says nothing new changes nothing', () => {
  const { writer, map, seen } = start();
  for (let i = 0; i < 3; i++) writer.refreshed();
  assert.deepEqual([map.shardOf(0), seen.changes], [north, 1]);
  map.close();
});

test('one slot that ioredis was told has moved takes no others along', () => {
  const { writer, map } = start();
  writer.refreshed();
  const list = writer.slots[hashSlot('7')];
  assert.ok(list);
  list[0] = south; // as its handler of MOVED does
  assert.deepEqual([map.shardOf(7), map.shardOf(8)], [north, north]);
  writer.answer = (slot) => (slot === hashSlot('7') ? south : north);
  writer.refreshed();
  assert.deepEqual([map.shardOf(7), map.shardOf(8)], [south, north]);
  map.close();
});

test('when slots have moved all clients ask again, since a node that was away may have told the past', async () => {
  const { clients, writer, map } = start(1);
  writer.refreshed();
  assert.equal(writer.asked, 0);
  writer.answer = () => south;
  writer.refreshed();
  await until('they ask again', () => clients.every(({ asked }) => asked > 3));
  map.close();
});

test('what looks out of date is asked for at once', () => {
  const { clients, map } = start();
  map.refresh();
  assert.deepEqual(
    clients.map(({ asked }) => asked),
    [1, 1],
  );
  map.close();
});
