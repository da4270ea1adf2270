import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { IConfigMap } from 'kubernetes-models/v1';
import { until } from '#test/harness/redis/until.ts';
import { installations, secretsFolder } from './fixtures.ts';
import { ofKind } from './objects.ts';
import { RedisNodes } from './redis-nodes-fixtures.ts';

/** What the ConfigMaps of the component hold. */
const files: Readonly<Record<string, string>> = Object.assign(
  {},
  ...ofKind<IConfigMap>(installations.prod, 'ConfigMap')
    .filter(({ metadata }) => metadata.name.startsWith('tickwire-redis'))
    .map(({ data }) => data),
);
const all = [0, 1, 2, 3, 4, 5];

describe('the scripts of the Redis Cluster, run with real nodes in the order of a cluster’s life', () => {
  let nodes: RedisNodes;
  before(async () => {
    nodes = await RedisNodes.start(files, secretsFolder);
  });
  after(() => nodes.stop());

  const isWhole = async (i: number): Promise<boolean> => {
    const info = await nodes.ask(i, 'cluster', 'info');
    return info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384');
  };
  const allWhole = async (): Promise<boolean> => (await Promise.all(all.map(isWhole))).every(Boolean);
  const roleOf = async (i: number): Promise<string> => (await nodes.ask(i, 'role')).split('\n', 1)[0] ?? '';
  const linked = async (i: number): Promise<boolean> =>
    (await nodes.ask(i, 'info', 'replication')).includes('master_link_status:up');

  test('the set-up makes one cluster of them, three masters with a replica each', async () => {
    const { code, output } = await nodes.run('create-cluster.sh', 0);
    assert.equal(code, 0, output);
    assert.match(output, /the cluster is whole/);
    const roles = await Promise.all(all.map(roleOf));
    assert.deepEqual(roles.sort(), ['master', 'master', 'master', 'slave', 'slave', 'slave']);
    for (const i of all)
      if ((await roleOf(i)) === 'slave') await until(`node ${i} follows its master`, () => linked(i));
  });

  test('the set-up does nothing where it was done before', async () => {
    const { code, output } = await nodes.run('create-cluster.sh', 0);
    assert.equal(code, 0, output);
    assert.match(output, /^the cluster is there already\nthe cluster is whole\n$/);
  });

  test('every node has what Tickwire needs of Redis', async () => {
    for (const [key, expected] of [
      ['maxmemory-policy', 'noeviction'],
      ['client-output-buffer-limit', /pubsub 268435456 67108864 60/],
      ['stream-node-max-bytes', '1024'],
      ['cluster-require-full-coverage', 'no'],
    ] as const)
      assert.match(await nodes.ask(3, 'config', 'get', key), new RegExp(expected), key);
    assert.match(await nodes.ask(0, 'acl', 'getuser', 'default'), /off/);
  });

  test('who leaves on purpose hands over first', async () => {
    assert.equal(await roleOf(0), 'master');
    const id = (await nodes.ask(0, 'cluster', 'myid')).trim();
    const knowsReplica = async () => (await nodes.ask(0, 'cluster', 'nodes')).includes(` slave ${id} `);
    await until('it has heard of its replica', knowsReplica);
    const { code, output } = await nodes.run('hand-over.sh', 0);
    assert.equal(code, 0, output);
    assert.equal(await roleOf(0), 'slave');
    await until('all find the cluster whole', allWhole);
    await until('it follows its successor', () => linked(0));
  });

  test('a replica has nobody to hand over to, and leaves at once', async () => {
    assert.equal((await nodes.run('hand-over.sh', 0)).code, 0);
    assert.equal(await roleOf(0), 'slave');
  });

  test('when all pods come back at once with other addresses, they find each other again', async () => {
    const before = nodes.address(0);
    await nodes.restartElsewhere();
    assert.notEqual(nodes.address(0), before);
    const found = async (i: number): Promise<boolean> => {
      const lines = (await nodes.ask(i, 'cluster', 'nodes')).trim().split('\n');
      return (
        lines.length === 6 &&
        lines.every((line) => line.includes(` ${nodes.network}.`) && / connected/.test(line))
      );
    };
    for (const i of all) await until(`node ${i} has found all others`, () => found(i));
    await until('all find the cluster whole', allWhole);
  });
});

test('the secrets are made up for each installation, and none is that of the documentation', () => {
  const password = readFileSync(join(secretsFolder, 'admin-password'), 'utf8');
  assert.match(password, /^[0-9a-f]{48}$/);
  const lines = readFileSync(join(secretsFolder, 'users.acl'), 'utf8');
  assert.ok(!lines.includes('change-me'), 'no password of the documentation');
  assert.match(lines, /^user default off\n/);
});
