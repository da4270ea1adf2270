import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { redisKeys } from '#fanout/config.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { hubKeys } from '#hub/config.ts';
import { readConfig } from '#runtime/config/config.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { needTool } from './harness/find-tool.ts';
import { root } from './harness/source-files.ts';

interface Service {
  readonly image: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
}

const text = readFileSync(join(root, 'compose.yml'), 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const all = Object.entries(services);
const ours = all.filter(([name]) => /^(hub|feed)-/.test(name));

test('compose.yml is what Compose understands, by its own schema', () => {
  const arguments_ = ['node_modules/dclint/bin/dclint.cjs', '--quiet', 'compose.yml'];
  const { status, stdout, stderr } = spawnSync(process.execPath, arguments_, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('a cluster is hubs, an adapter with its standby, and what they need, each checked for its health', () => {
  assert.deepEqual(Object.keys(services).sort(), [
    ...['feed-1', 'feed-2', 'gateway', 'grafana', 'hub-1', 'hub-2', 'prometheus', 'redis'],
  ]);
  for (const [name, { healthcheck, image, depends_on: needs = {} }] of all) {
    assert.ok(
      healthcheck !== undefined || image.startsWith('tickwire:'),
      `${name}: the image of ours has its own`,
    );
    for (const [needed, { condition }] of Object.entries(needs)) {
      assert.equal(condition, 'service_healthy', `${name} waits for ${needed}`);
      assert.ok(needed in services);
    }
  }
});

test('no container writes to its root or may do more than run, and images have versions', () => {
  for (const [name, { image, read_only: readOnly, cap_drop: dropped }] of all) {
    assert.equal(readOnly, true, name);
    assert.deepEqual(dropped, ['ALL'], name);
    assert.match(image, /:v?\d+\.\d+/, name);
  }
});

test('whatever is mounted is in the checkout, and ports are open on this machine only', () => {
  for (const [name, { volumes = [], ports = [] }] of all) {
    for (const source of volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((path) => path.startsWith('./')))
      assert.ok(existsSync(join(root, source)), `${name} mounts ${source}`);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
  }
});

test('the processes take the keys that are set for them, and have time to end', () => {
  for (const [name, { environment = {}, stop_grace_period: grace = '' }] of ours) {
    const config = name.startsWith('hub')
      ? readConfig({ ...processKeys, ...redisKeys, ...hubKeys }, environment, feedKeys)
      : readConfig({ ...processKeys, ...redisKeys, ...feedKeys }, environment, hubKeys);
    assert.ok(Number.parseInt(grace, 10) * 1000 > config.shutdownMs, `${name} is not killed while it ends`);
  }
});

test('no secret is in it', () => {
  assert.doesNotMatch(text, /(password|secret|token|key)["']?\s*[:=]\s*["']?[^\s{$"']/i);
});

test('the gateway starts with the settings that it gets', () => {
  const env = { ...process.env, ...services.gateway?.environment };
  const { status, stderr } = spawnSync(
    needTool('haproxy', process.env),
    ['-c', '-q', '-f', 'deploy/haproxy/haproxy.cfg'],
    { cwd: root, env, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
});
