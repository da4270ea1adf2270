import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nativeBinaryFinding } from '#hub/listener/native-binary.ts';
import { root } from '#test/harness/source-files.ts';
import { fileLimitFindings, nodeFinding } from './machine.ts';

test('the oldest Node that is let through is the one that package.json names', () => {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const oldest = engines.node.replace('>=', '');
  assert.equal(nodeFinding(`v${oldest}.0`).verdict, 'ok');
  assert.equal(nodeFinding('v20.18.3').verdict, 'fail');
  assert.equal(nodeFinding('v18.20.4').verdict, 'fail');
  assert.match(
    readFileSync(join(root, 'bin/tickwire.mjs'), 'utf8'),
    new RegExp(`Node ${oldest.replace('.', '\\.')} or later`),
  );
});

for (const [limits, verdict] of [
  ['Max open files            1024                 1048576              files', 'fail'],
  ['Max open files            19999                19999                files', 'fail'],
  ['Max open files            20000                20000                files', 'ok'],
  ['Max open files            unlimited            unlimited            files', 'ok'],
  ['', 'unseen'],
] as const)
  test(`18,000 sockets with "${limits.replaceAll(/\s+/g, ' ')}" are ${verdict}`, () => {
    assert.equal(fileLimitFindings({ socketsMax: 18_000 }, limits)[0]?.verdict, verdict);
  });

test('a binary that can not be loaded is a warning with what would load it, on glibc and elsewhere', async () => {
  const cannot = () => Promise.reject(new Error("version `GLIBC_2.38' not found\n  more"));
  const runtime = { version: 'v24.1.0', platform: 'linux', arch: 'x64', glibc: '2.36' };
  const old = await nativeBinaryFinding(runtime, cannot);
  assert.equal(old.verdict, 'warn');
  assert.match(old.says, /glibc 2\.36: version `GLIBC_2\.38' not found$/);
  assert.match(old.fix ?? '', /Debian 13/);
  const alpine = await nativeBinaryFinding({ ...runtime, glibc: undefined }, cannot);
  assert.match(alpine.fix ?? '', /Alpine does not work/);
});
