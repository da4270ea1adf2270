import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { redisKeys } from '#fanout/config.ts';
import { inspectRedis } from '#fanout/redis/inspect/inspection.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { hubKeys, hubLimits } from '#hub/config.ts';
import { readConfig } from '#runtime/config/config.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { root } from '#test/harness/source-files.ts';
import { fileLimitFindings } from './doctor/machine.ts';

/** What docs/operations.md says, against what it says it of. */

const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
const allKeys = Object.values({ ...processKeys, ...redisKeys, ...hubKeys, ...feedKeys });

test('every number in brackets behind a key is its default', () => {
  const said = [...page.matchAll(/`(TICKWIRE_[A-Z_]+)` \((\d+)\)/g)];
  assert.ok(said.length >= 10, `${said.length} defaults are told`);
  for (const [, name, number] of said)
    assert.equal(Number(number), allKeys.find(({ env }) => env === name)?.fallback, name);
});

test('each port of the table is the default of its key', () => {
  const rows = [...page.matchAll(/^\| (\d+) `(TICKWIRE_[A-Z_]+)` \|/gm)];
  assert.equal(rows.length, 3);
  for (const [, port, name] of rows)
    assert.equal(Number(port), allKeys.find(({ env }) => env === name)?.fallback, name);
});

test('its redis.conf is the one that the containers and the cluster on one machine take, and maxmemory', () => {
  const linesOf = (text: string): string[] => text.split('\n').filter((line) => /^[a-z]/.test(line));
  const [, conf = ''] = /```conf\n([^`]*)```/.exec(page) ?? [];
  const deployed = readFileSync(join(root, 'deploy/redis/redis.conf'), 'utf8');
  assert.deepEqual(linesOf(conf).slice(1), linesOf(deployed));
});

test("the doctor finds nothing in a Redis with the page's settings and users", async (t) => {
  const [, conf = ''] = /```conf\n([^`]*)```/.exec(page) ?? [];
  const redis = await startRedis({ config: conf.trim().split('\n') });
  t.after(() => redis.stop());
  const rules = readFileSync(join(root, 'docs/redis-users.acl'), 'utf8');
  const nodes = [{ host: '127.0.0.1', port: redis.port }];
  const connection = { mode: 'standalone', nodes, database: 0, sentinelName: '' } as const;
  const asked = { connection, roles: ['hub', 'feed'], rules, now: Date.now } as const;
  const findings = await inspectRedis(asked, { commandTimeoutMs: 5000 });
  assert.deepEqual(
    findings.filter(({ verdict }) => verdict !== 'ok'),
    [],
  );
});

test("the systemd unit has files for the default of sockets, and stops no sooner than a hub's drain ends", () => {
  const files = /^LimitNOFILE=(\d+)$/m.exec(page)?.[1];
  const limits = `Max open files            ${files}                ${files}                files`;
  const hub = readConfig(hubKeys, {});
  assert.equal(fileLimitFindings(hub, limits)[0]?.verdict, 'ok');
  const stopMs = 1000 * Number(/^TimeoutStopSec=(\d+)$/m.exec(page)?.[1]);
  const { shutdownMs } = readConfig(processKeys, {});
  const { drainWindowMs, handOverMs } = hubLimits(hub);
  assert.ok(stopMs > shutdownMs && shutdownMs > drainWindowMs + handOverMs, `${stopMs} > ${shutdownMs}`);
});

test('the settings of the system that it names exist', () => {
  const names = [...page.matchAll(/`((?:net|vm)\.[a-z_.0-9]+)`/g)].map(([, name = '']) => name);
  assert.ok(names.length >= 4);
  for (const name of names.filter((each) => !each.includes('nf_conntrack'))) // a module that may not be loaded
    assert.ok(existsSync(`/proc/sys/${name.replaceAll('.', '/')}`), name);
});

test('the gateway lets in as many as a hub takes by default, and has the files for them wherever it is set up', () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  const connections = number(read('deploy/haproxy/haproxy.cfg'), /^ *presetenv GATEWAY_CONNECTIONS (\d+)$/m);
  const sockets = readConfig(hubKeys, {}).socketsMax;
  assert.ok(
    connections >= sockets + 1000,
    `${connections} connections for ${sockets} sockets and some requests`,
  );
  const documented = read('docs/gateway.md');
  assert.equal(number(documented, /GATEWAY_CONNECTIONS` *\| `(\d+)`/), connections);
  assert.equal(number(documented, /`TICKWIRE_SOCKETS` \((\d+)\)/), sockets);
  for (const files of [
    number(documented, /ulimit -n (\d+)/),
    number(read('compose.yml'), /^ {2}gateway:[\s\S]*?nofile: (\d+)/m),
  ])
    assert.ok(files >= 2 * connections + 500, `${files} files for ${connections} connections`);
});
