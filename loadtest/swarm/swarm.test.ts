import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closed } from '#runtime/closed-fixture.ts';
import type { Result } from './report/result.ts';
import { parseScenario } from './scenario.ts';
import { startStage } from './target/stage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly folder: string;
  readonly report: () => Result;
}

interface Surroundings {
  /** Sees all that was printed so far. */
  readonly onOutput?: (output: string) => void;
  readonly options?: readonly string[];
  /** File descriptors that the processes may have. */
  readonly descriptors?: number;
}

/** As `npm run swarm` does. */
async function swarm(t: TestContext, scenario: object, surroundings: Surroundings = {}): Promise<Ended> {
  const { onOutput, options = [], descriptors } = surroundings;
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-swarm-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  const command = [process.execPath, '--import', 'tsx', 'loadtest/swarm/main.ts', file, '--report', folder];
  const limited = descriptors === undefined ? 'exec "$@"' : `ulimit -n ${descriptors}; exec "$@"`;
  const args = ['-c', limited, 'sh', ...command, ...options];
  const child = spawn('sh', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      output += text.toString();
      onOutput?.(output);
    });
  await closed(child);
  const code = child.exitCode;
  const report = () => JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Result;
  return { code: code as number, output, folder, report };
}

const smoke = JSON.parse(readFileSync(join(root, 'loadtest/scenarios/smoke.json'), 'utf8'));

test('the whole way under a small load with churn is clean, and the report says so', async (t) => {
  const { code, output, report } = await swarm(t, { ...smoke, deliveredShareMin: 0, p99AimMs: 1 });
  assert.equal(code, 0, output);
  assert.match(output, /^HOLDS\n {2}each of [\d,]+ updates joins on to the one before/m);
  assert.match(output, /^aim +p99 of 1 ms: (reached|not reached .*; no failure)$/m);
  const { counts, violations, failures } = report();
  assert.deepEqual([violations, failures], [{}, []]);
  assert.ok(counts.updates > 1000 && counts.churned > 0, output);
});

const long = { ...smoke, durationSeconds: 60, churn: undefined };

/** Kills the process that was printed as `NAME is process PID`, once measuring has begun. */
function killWhenMeasuring(name: string): (output: string) => void {
  let killed = false;
  return (output) => {
    const pid = new RegExp(`${name} is process (\\d+)`).exec(output)?.[1];
    if (killed || pid === undefined || !output.includes('measuring')) return;
    killed = true;
    process.kill(Number(pid), 'SIGKILL');
  };
}

for (const name of ['feed', 'hub 1'])
  test(`a ${name} that dies in the middle is one line, and what was measured is reported`, async (t) => {
    const { code, output, report } = await swarm(t, long, { onOutput: killWhenMeasuring(name) });
    assert.equal(code, 1);
    const { failures, seconds, counts } = report();
    assert.equal(failures.length, 1, output);
    assert.match(failures[0] ?? '', new RegExp(`^the run ended early: ${name} ended with a signal: .*dmesg`));
    assert.ok(output.includes(failures[0] ?? ' '), 'the line is printed');
    assert.ok(seconds.length > 0 && counts.updates > 0);
  });

test('a hub of "target.urls" that dies in the middle ends the run with one line', async (t) => {
  const { target } = parseScenario(JSON.stringify(smoke), 'smoke.json');
  assert.ok('stage' in target);
  const stage = await startStage(target.stage, 'msgpack');
  t.after(() => stage.stop());
  const pid = stage.processes.find(({ kind }) => kind === 'hub')?.pid;
  const urls = stage.endpoints.map(({ port }) => `ws://127.0.0.1:${port}/ws`);
  const kill = killWhenMeasuring('hub 1');
  const onOutput = (output: string): void => kill(`hub 1 is process ${pid}, ${output}`);
  const { code, report } = await swarm(t, { ...long, target: { urls } }, { onOutput });
  assert.equal(code, 1);
  const { failures, counts } = report();
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? '', /no socket is left \(socket \d+ was closed by the hub.*set "reconnect"/);
  assert.ok(counts.updates > 0);
});

test('too few file descriptors are one line before anything starts', async (t) => {
  const { code, output } = await swarm(t, { ...smoke, sockets: 1000 }, { descriptors: 600 });
  assert.equal(code, 1);
  assert.match(
    output.trim(),
    /^1000 sockets in each worker need 1100 file descriptors, but a process may have 600: .*`ulimit -n`$/,
  );
});

test('an option that there is not, and a second file, get the usage', async (t) => {
  for (const option of ['--reprot', 'other.json']) {
    const { code, output } = await swarm(t, smoke, { options: [option] });
    assert.equal(code, 2);
    assert.match(output, /npm run swarm -- \[options\] FILE\.json/);
  }
});

test('a scenario that is not there is one line that names those that are', async () => {
  const args = ['--import', 'tsx', 'loadtest/swarm/main.ts', 'nowhere.json'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr.trim(), /^nowhere\.json can not be read \(ENOENT\): .*fast-tape\.json/);
});

test('--cpu-prof writes a profile of the hub, the feed and the worker, named after them', async (t) => {
  const short = { ...smoke, durationSeconds: 2, churn: undefined, deliveredShareMin: 0 };
  const { code, output, folder } = await swarm(t, short, { options: ['--cpu-prof'] });
  assert.equal(code, 0, output);
  const profiles = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile'));
  assert.deepEqual(profiles.sort(), ['feed.cpuprofile', 'hub-1.cpuprofile', 'swarm-1.cpuprofile']);
  const profile = (name: string): string => readFileSync(join(folder, `${name}.cpuprofile`), 'utf8');
  assert.match(profile('hub-1'), /hub\/hub\.ts/);
  assert.match(profile('feed'), /feed-adapter\/publish\/publish-queue\.ts/);
  assert.match(profile('swarm-1'), /worker\/swarm-socket\.ts/);
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
