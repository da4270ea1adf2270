import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '#test/harness/source-files.ts';
import { type Manifest, runNode, scriptOf } from './script-process.ts';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

test('the flags and the file of a process are those that package.json has', () => {
  assert.deepEqual(scriptOf(manifest, 'hub'), {
    flags: ['--max-semi-space-size=4', '--heap-growing-percent=20'],
    file: 'processes/hub.ts',
  });
  for (const [name, file] of [
    ['start', 'processes/all-in-one.ts'],
    ['feed', 'processes/feed.ts'],
  ] as const)
    assert.deepEqual(scriptOf(manifest, name), { flags: [], file }, 'it needs no process of its own');
});

test('what package.json does not start by node is a bug, told by its name', () => {
  const scripts = { hub: 'tsx processes/hub.ts' };
  assert.throws(() => scriptOf({ version: '1', scripts }, 'hub'), /does not start "hub"/);
  assert.throws(() => scriptOf({ version: '1', scripts }, 'feed'), /does not start "feed"/);
});

/** A process between, whose signals the test sends. */
function between() {
  const signals = new EventEmitter();
  return Object.assign(signals, { execPath: process.execPath, env: process.env });
}

test('the exit code is passed on, and a signal that ended it as shells write it', async () => {
  assert.equal(await runNode(['-e', 'process.exit(7)'], between(), ''), 7);
  assert.equal(await runNode(['-e', 'process.kill(process.pid, "SIGKILL")'], between(), ''), 137);
});

test('SIGTERM, SIGINT and SIGHUP are passed on, and listened for no longer than the process lives', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    const process = between();
    const ended = runNode(['-e', 'setInterval(() => undefined, 1000)'], process, '');
    process.emit(signal);
    assert.equal(await ended, code);
    assert.equal(process.listenerCount(signal), 0);
  }
});
