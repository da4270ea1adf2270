import type { RedisProcess } from './redis-process.ts';

/**
 * Moves a slot with its keys to another master, as `redis-cli --cluster reshard` does.
 * @param masters all masters of the cluster
 * @throws Error when none of them has a key in the slot
 */
export async function moveSlot(masters: readonly RedisProcess[], slot: number): Promise<void> {
  const ids = await Promise.all(
    masters.map(async ({ client }) => String(await client.call('CLUSTER', 'MYID'))),
  );
  const counts = await Promise.all(
    masters.map(async ({ client }) => Number(await client.call('CLUSTER', 'COUNTKEYSINSLOT', slot))),
  );
  const from = counts.findIndex((count) => count > 0);
  const to = (from + 1) % masters.length;
  const [source, target, sourceId = '', targetId = ''] = [masters[from], masters[to], ids[from], ids[to]];
  if (source === undefined || target === undefined) throw new Error(`no master has keys in slot ${slot}`);
  await target.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId);
  await source.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId);
  const keys = await source.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1000);
  if (!Array.isArray(keys)) throw new Error(`the keys of slot ${slot} are not listed`);
  await source.client.call('MIGRATE', '127.0.0.1', target.port, '', 0, 5000, 'KEYS', ...keys.map(String));
  for (const { client } of [target, source]) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId);
}
