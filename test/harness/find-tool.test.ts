import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { findTool, missingTool, needTool, toolCommand } from './find-tool.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickwire-tools-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says this and no more. */
function program(name: string, says: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho '${says}'\n`);
  chmodSync(path, 0o755);
  return path;
}

test('a program that its key names is taken, wherever it is', () => {
  const env = { TICKWIRE_TEST_HAPROXY: program('my-proxy', 'HAProxy version 2.6.12 2026/10/17') };
  assert.deepEqual(findTool('haproxy', env, folder), {});
  assert.equal(needTool('haproxy', env), join(folder, 'my-proxy'));
});

test('a program on the PATH is started by its name', () => {
  program('prometheus', 'prometheus, version 2.42.0+ds (branch: debian/sid)');
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  assert.deepEqual(findTool('prometheus', env, folder), {});
  assert.equal(toolCommand('prometheus', env), 'prometheus');
});

test('a program that its key names wrongly is not replaced by another one', () => {
  const env = { TICKWIRE_TEST_HAPROXY: join(folder, 'not-there'), PATH: process.env.PATH };
  assert.equal(findTool('haproxy', env, folder), undefined);
});

test('without the program, one line says what to install', () => {
  const env = { TICKWIRE_TEST_REDIS_SERVER: program('old', 'Redis server v=6.2.14 sha=0') };
  assert.throws(() => needTool('redis-server', env), { message: missingTool('redis-server') });
  assert.equal(
    missingTool('haproxy'),
    'haproxy 2 or later is not here: apt-get install haproxy, or set TICKWIRE_TEST_HAPROXY to its path',
  );
});
