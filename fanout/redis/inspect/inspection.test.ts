import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { RedisConnection } from '#fanout/redis/connection/connection.ts';
import { parseRedisUrl } from '#fanout/redis/connection/url.ts';
import { bulk, startFakeRedis } from '#fanout/redis/fake-redis.ts';
import type { Finding } from '#runtime/finding.ts';
import { freePort } from '#test/harness/redis/free-ports.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { urlFor } from '#test/harness/redis/redis-users.ts';
import { startRedisCluster } from '#test/harness/redis/start-cluster.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { startSentinelGroup } from '#test/harness/redis/start-sentinels.ts';
import { createAuthority } from '#test/harness/redis/tls-files.ts';
import { until } from '#test/harness/redis/until.ts';
import { inspectRedis } from './inspection.ts';

const rules = readFileSync(new URL('../../../docs/redis-users.acl', import.meta.url), 'utf8');
const wellSet = [
  'maxmemory 100mb',
  'client-output-buffer-limit pubsub 256mb 64mb 60',
  'stream-node-max-bytes 1024',
];

interface Asked {
  readonly mode?: RedisConnection['mode'];
  readonly aheadMs?: number;
  readonly commandTimeoutMs?: number;
}

function inspect(url: string, { mode = 'standalone', aheadMs = 0, commandTimeoutMs = 2000 }: Asked = {}) {
  const parsed = parseRedisUrl(url);
  assert.ok(parsed !== undefined);
  const { tls: _, ...where } = parsed;
  const connection = { mode, sentinelName: 'mymaster', ...where };
  const now = (): number => Date.now() + aheadMs;
  return inspectRedis({ connection, roles: ['hub', 'feed'], rules, now }, { commandTimeoutMs });
}

function about(findings: readonly Finding[], topic: string): Finding {
  const found = findings.find((finding) => finding.topic === topic);
  assert.ok(found !== undefined, `nothing about ${topic} in ${JSON.stringify(findings)}`);
  return found;
}

async function redisWith(t: TestContext, ...config: readonly string[]): Promise<RedisProcess> {
  const redis = await startRedis({ config });
  t.after(() => redis.stop());
  return redis;
}

test('nothing is found where everything is set as docs/operations.md says', async (t) => {
  const redis = await redisWith(t, ...wellSet);
  const findings = await inspect(redis.url);
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict !== 'ok'),
    [],
  );
  assert.ok(findings.length >= 10, `${findings.length} findings`);
});

test('settings that lose updates fail, and the command of each fix mends it', async (t) => {
  const redis = await redisWith(
    t,
    'maxmemory 100mb',
    'maxmemory-policy allkeys-lru',
    'client-output-buffer-limit pubsub 1mb 512kb 5',
  );
  const before = await inspect(redis.url);
  assert.match(about(before, 'redis memory policy').says, /^allkeys-lru: /);
  assert.match(about(before, 'redis pub/sub buffer').says, /^pubsub 1mb 512kb 5 is less than /);
  const mended = ['redis memory policy', 'redis pub/sub buffer', 'redis stream nodes'];
  for (const topic of mended) {
    const { verdict, fix = '' } = about(before, topic);
    assert.equal(verdict, topic === 'redis stream nodes' ? 'warn' : 'fail', topic);
    const [, host, port, name = '', value = ''] =
      /^redis-cli -h (\S+) -p (\d+) CONFIG SET (\S+) ("[^"]+"|[^\s,]+)/.exec(fix) ?? [];
    assert.deepEqual([host, port], ['127.0.0.1', String(redis.port)], fix);
    await redis.client.config('SET', name, value.replaceAll('"', ''));
  }
  const after = await inspect(redis.url);
  for (const topic of mended) assert.equal(about(after, topic).verdict, 'ok', topic);
});

test("Redis' own settings work and are warned of", async (t) => {
  const redis = await redisWith(t);
  const findings = await inspect(redis.url);
  assert.equal(about(findings, 'redis memory policy').verdict, 'ok');
  for (const topic of ['redis pub/sub buffer', 'redis memory', 'redis stream nodes'])
    assert.equal(about(findings, topic).verdict, 'warn', topic);
});

test("a hub's user has the hub's rights, and what it may not see is said to be unseen", async (t) => {
  const redis = await redisWith(t, ...wellSet);
  const findings = await inspect(urlFor('hub', redis.url));
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict !== 'ok').map(({ topic, verdict }) => [topic, verdict]),
    [
      ['redis stream nodes', 'unseen'],
      ['redis pub/sub buffer', 'unseen'],
    ],
  );
  assert.equal(about(findings, 'redis rights, hub').verdict, 'ok');
  assert.ok(!findings.some(({ topic }) => topic === 'redis rights, feed'), 'it is enough to be one of them');
  assert.match(about(findings, 'redis pub/sub buffer').fix ?? '', /CONFIG GET client-output-buffer-limit$/);
  const feed = await inspect(urlFor('feed', redis.url));
  assert.equal(about(feed, 'redis rights, feed').verdict, 'ok');
});

test('rights that a user lacks are named, of keys and channels as of commands', async (t) => {
  const redis = await redisWith(
    t,
    'user poor on >p -@all +info +time +ping +select +multi +discard +get ~tw:* &tw:*',
    'user astray on >p +@all ~other:* &other:*',
    'user poorest on >p -@all +info +time',
  );
  const poor = await inspect(redis.url.replace('//', '//poor:p@'));
  const lacking = about(poor, 'redis rights, hub');
  assert.equal(lacking.verdict, 'fail');
  assert.match(lacking.says, /: hgetall, hscan, xrange, .*subscribe/);
  assert.doesNotMatch(lacking.says, /\bget\b|multi/);
  assert.match(lacking.fix ?? '', /docs\/redis-users\.acl/);
  assert.match(
    about(await inspect(redis.url.replace('//', '//astray:p@')), 'redis rights, feed').says,
    /get.*publish/,
  );
  const poorest = await inspect(redis.url.replace('//', '//poorest:p@'));
  assert.match(about(poorest, 'redis rights, hub').says, /may not: multi/);
});

test('no Redis, a silent one and a wrong password each end in time and say what to do', async (t) => {
  const redis = await redisWith(t, ...wellSet);
  const [refused] = await inspect('redis://127.0.0.1:1');
  assert.match(refused?.says ?? '', /ECONNREFUSED/);
  assert.match(refused?.fix ?? '', /redis-server --port 1\b/);
  const [wrong] = await inspect(redis.url.replace('//', '//tickwire-hub:wr0ng@'));
  assert.equal(wrong?.verdict, 'fail');
  assert.match(wrong?.fix ?? '', /user and password in TICKWIRE_REDIS_URL/);
  assert.doesNotMatch(JSON.stringify(wrong), /wr0ng/);
  redis.freeze();
  t.after(() => redis.thaw());
  const startedAt = performance.now();
  const [silent] = await inspect(redis.url, { commandTimeoutMs: 200 });
  assert.equal(silent?.verdict, 'fail', silent?.says);
  assert.ok(performance.now() - startedAt < 3000, 'the wait has an end');
});

test('an old Redis fails by its version, with as much as it says of the rest', async (t) => {
  const fields = [
    'redis_version:6.2.14',
    'role:master',
    'loading:0',
    'maxmemory:0',
    'maxmemory_policy:noeviction',
  ];
  const fake = await startFakeRedis({
    INFO: bulk(fields.join('\r\n')),
    TIME: `*2\r\n${bulk(String(Math.floor(Date.now() / 1000)))}${bulk('0')}`,
  });
  t.after(() => fake.close());
  const findings = await inspect(`redis://127.0.0.1:${fake.port}`);
  assert.equal(about(findings, 'redis version').verdict, 'fail');
  assert.match(about(findings, 'redis version').says, /6\.2\.14 is older than 7\.0/);
  assert.equal(about(findings, 'redis memory policy').verdict, 'ok');
  assert.equal(about(findings, 'redis pub/sub buffer').verdict, 'unseen');
  assert.equal(about(findings, 'redis rights, hub').verdict, 'unseen');
});

test('clocks that differ are warned of, and fail where good tokens would be refused', async (t) => {
  const redis = await redisWith(t, ...wellSet);
  for (const [aheadMs, verdict, word] of [
    [2000, 'warn', 'ahead'],
    [-60_000, 'fail', 'behind'],
  ] as const) {
    const found = about(await inspect(redis.url, { aheadMs }), 'clock');
    assert.equal(found.verdict, verdict);
    assert.match(found.fix ?? '', new RegExp(word));
  }
});

test('a replica fails with the address of its master', async (t) => {
  const master = await redisWith(t, ...wellSet);
  const replica = await redisWith(t, `replicaof 127.0.0.1 ${master.port}`);
  await until('it follows', async () => (await replica.client.info()).includes('master_link_status:up'));
  const found = about(await inspect(replica.url), 'redis role');
  assert.equal(found.verdict, 'fail');
  assert.match(found.fix ?? '', new RegExp(`127\\.0\\.0\\.1:${master.port}`));
});

test('of a cluster every master is looked at, and the one that differs is named', async (t) => {
  const cluster = await startRedisCluster();
  t.after(() => cluster.stop());
  const [first, second] = cluster.masters;
  assert.ok(first !== undefined && second !== undefined);
  await second.client.config('SET', 'maxmemory-policy', 'allkeys-random');
  const findings = await inspect(cluster.url, { mode: 'cluster' });
  assert.match(about(findings, 'redis mode').says, /^state ok, 16384 of 16384/);
  assert.equal(about(findings, 'redis version').verdict, 'ok');
  const policies = findings.filter(({ topic }) => topic === 'redis memory policy');
  assert.equal(policies.length, 1);
  assert.match(policies[0]?.says ?? '', new RegExp(`^127\\.0\\.0\\.1:${second.port}: allkeys-random`));
  const alone = about(await inspect(first.url), 'redis mode');
  assert.equal(alone.fix, 'set TICKWIRE_REDIS_MODE=cluster');
});

test('behind sentinels the master is looked at, and two sentinels are too few to name', async (t) => {
  const group = await startSentinelGroup();
  t.after(() => group.stop());
  const master = await group.master();
  const look = async (url: string) => {
    const parsed = parseRedisUrl(urlFor('both', url));
    assert.ok(parsed !== undefined);
    const { tls: _, ...where } = parsed;
    const connection = { mode: 'sentinel', sentinelName: group.masterName, ...where } as const;
    return inspectRedis({ connection, roles: ['hub'], rules, now: Date.now }, { commandTimeoutMs: 2000 });
  };
  const findings = await look(group.url);
  assert.match(about(findings, 'redis').says, new RegExp(`127\\.0\\.0\\.1:${master.port} `));
  assert.equal(about(findings, 'redis role').says, 'master, 2 replicas');
  assert.equal(about(findings, 'redis mode').verdict, 'ok');
  const two = await look(group.url.split(',').slice(0, 2).join(','));
  assert.equal(about(two, 'redis mode').verdict, 'warn');
});

test('by TLS commands are named with it, and a strange authority fails with the keys to mend', async (t) => {
  const [authority, strange] = [await createAuthority(t), await createAuthority(t)];
  const { cert, key } = await authority.issue('redis');
  const port = await freePort();
  await redisWith(
    t,
    ...[
      `tls-port ${port}`,
      `tls-cert-file ${cert}`,
      `tls-key-file ${key}`,
      `tls-ca-cert-file ${authority.ca}`,
    ],
    'tls-auth-clients no',
  );
  const look = (ca: string) => {
    const nodes = [{ host: '127.0.0.1', port }];
    const tls = { ca: readFileSync(ca, 'utf8') };
    const connection = { mode: 'standalone', sentinelName: '', nodes, database: 0, tls } as const;
    return inspectRedis({ connection, roles: ['hub'], rules, now: Date.now }, { commandTimeoutMs: 2000 });
  };
  assert.match(
    about(await look(authority.ca), 'redis memory').fix ?? '',
    new RegExp(`-p ${port} --tls CONFIG SET`),
  );
  const [wrong] = await look(strange.ca);
  assert.equal(wrong?.verdict, 'fail');
  assert.match(wrong?.fix ?? '', /TICKWIRE_REDIS_TLS_CA/, wrong?.says);
});
