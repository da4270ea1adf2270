import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Result } from './result.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly report: () => Result;
}

/** As `npm run swarm` does; `onOutput` sees all that was printed so far. */
async function swarm(t: TestContext, scenario: object, onOutput?: (output: string) => void): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-swarm-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  const args = ['--import', 'tsx', 'loadtest/swarm/main.ts', file, '--report', folder];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
      onOutput?.(output);
    });
  const [code] = await once(child, 'close');
  const report = () => JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Result;
  return { code: code as number, output, report };
}

const smoke = JSON.parse(readFileSync(join(root, 'loadtest/scenarios/smoke.json'), 'utf8'));

test('the whole way under a small load with churn is clean, and the report says so', async (t) => {
  const { code, output, report } = await swarm(t, { ...smoke, deliveredShareMin: 0 });
  assert.equal(code, 0, output);
  const { counts, violations, failures } = report();
  assert.deepEqual([violations, failures], [{}, []]);
  assert.ok(counts.updates > 1000 && counts.churned > 0, output);
});

test('a feed that dies in the middle is one line, and what was measured until then is reported', async (t) => {
  let killed = false;
  const long = { ...smoke, durationSeconds: 60, churn: undefined };
  const { code, output, report } = await swarm(t, long, (text) => {
    const pid = /feed is process (\d+)/.exec(text)?.[1];
    if (killed || pid === undefined || !text.includes('measuring')) return;
    killed = true;
    process.kill(Number(pid), 'SIGKILL');
  });
  assert.equal(code, 1);
  assert.match(output, /the run ended early: feed ended with a signal/);
  assert.ok(report().seconds.length > 0);
});

test('a hub that is not there is one line', async (t) => {
  const { code, output } = await swarm(t, { ...smoke, target: { urls: ['ws://127.0.0.1:1/ws'] } });
  assert.equal(code, 1);
  assert.match(
    output.trim(),
    /^no hub answers at http:\/\/127\.0\.0\.1:1\/symbols .*: start it, or mend "target\.urls"$/,
  );
});

test('a wrong key is one line', async (t) => {
  const { code, output } = await swarm(t, { ...smoke, socket: 5 });
  assert.equal(code, 1);
  assert.match(output.trim(), /^.*scenario\.json: "socket" is no key that the swarm knows: remove it$/);
});
