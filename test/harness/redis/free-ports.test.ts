import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { closed } from '#runtime/closed-fixture.ts';
import { root } from '#test/harness/source-files.ts';
import { freePorts } from './free-ports.ts';

test('no port is given twice, neither by this process nor by another, and each can be listened on', async (t) => {
  const script = `import { freePorts } from './test/harness/redis/free-ports.ts';
    console.log((await freePorts(2000)).join());`;
  const run = promisify(execFile);
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const own = await freePorts(2000);
  const { stdout } = await run(process.execPath, args, { cwd: root, maxBuffer: 1_000_000 });
  const others = stdout.trim().split(',').map(Number);
  assert.equal(others.length, 2000);
  assert.equal(new Set([...own, ...others]).size, 4000);
  const server = createServer().listen(own[0], '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  await closed(server.close());
});
