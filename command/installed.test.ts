import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from '#test/harness/redis/free-ports.ts';
import { until } from '#test/harness/redis/until.ts';
import { root } from '#test/harness/source-files.ts';

const run = promisify(execFile);

/** Where a user of the command stands: somewhere else, with a tsconfig.json of their own that is broken. */
interface Installed {
  readonly command: string;
  readonly elsewhere: string;
}

/**
 * What `npm pack` packs, laid out as `npm install -g` does it: the package below lib/node_modules, a link to the command in
 * bin/, and of node_modules the package's own dependencies only. Nothing is downloaded.
 */
async function install(t: TestContext): Promise<Installed> {
  const prefix = mkdtempSync(join(tmpdir(), 'tickwire-prefix-'));
  t.after(() => rmSync(prefix, { recursive: true, force: true }));
  await run('npm', ['pack', '--pack-destination', prefix], { cwd: root });
  const { version, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const home = join(prefix, 'lib', 'node_modules', 'tickwire');
  mkdirSync(home, { recursive: true });
  await run('tar', ['-xzf', join(prefix, `tickwire-${version}.tgz`), '-C', home, '--strip-components', '1']);
  for (const name of Object.keys(dependencies)) {
    const link = join(home, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  const command = join(prefix, 'bin', 'tickwire');
  mkdirSync(dirname(command));
  symlinkSync(join(home, 'bin', 'tickwire.mjs'), command);
  const elsewhere = join(prefix, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'tsconfig.json'), '{ "extends": "./nowhere.json" }');
  return { command, elsewhere };
}

function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TICKWIRE_')));
}

test('the packed command works from any folder: version, mistakes, a process that serves, drains at SIGTERM and ends with 0', async (t) => {
  const { command, elsewhere } = await install(t);
  const options = { cwd: elsewhere, env: inherited() };
  const { stdout } = await run(command, ['--version'], options);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  await assert.rejects(run(command, ['docter'], options), { code: 2, stderr: /Did you mean doctor\?/ });

  const [port = 0, operations = 0] = await freePorts(2);
  const keys = { TICKWIRE_PORT: String(port), TICKWIRE_OPERATIONS_PORT: String(operations) };
  const started = spawn(command, ['start'], { ...options, env: { ...options.env, ...keys }, stdio: 'pipe' });
  t.after(() => started.kill('SIGKILL'));
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  const answers = async (path: string): Promise<boolean> => {
    const signal = AbortSignal.timeout(1000);
    return (await fetch(`http://127.0.0.1:${port}${path}`, { signal })).ok;
  };
  const exited = once(started, 'exit').then(() => {
    throw new Error(`it ended and printed: ${output}`);
  });
  exited.catch(() => undefined); // later on it is meant to end
  await Promise.race([until('it serves', () => answers('/health'), 60_000), exited]);
  assert.ok(await answers('/'), 'with its page');
  const doctor = await run(command, ['doctor', 'start'], { ...options, env: { ...options.env, ...keys } });
  assert.equal(doctor.stdout.match(/^ {2}warn .*a process of Tickwire has it/gm)?.length, 2, doctor.stdout);
  const ended = once(started, 'exit');
  started.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], output);
  await assert.rejects(answers('/health'), 'the process behind the command has ended as well');
});
