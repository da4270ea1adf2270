import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Instruction, readDockerignore, readStages } from './harness/dockerfile.ts';
import { needTool } from './harness/find-tool.ts';
import { freePorts } from './harness/redis/free-ports.ts';
import { urlFor } from './harness/redis/redis-users.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { root } from './harness/source-files.ts';

const [build = [], image = []] = readStages(join(root, 'Dockerfile'));
/** Nobody in particular, as in the image; only root can become somebody else. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function only(name: string): string {
  const found = image.filter((instruction) => instruction.name === name);
  assert.equal(found.length, 1, `one ${name}`);
  return found[0]?.value ?? '';
}

/** What a command in exec form starts. */
function commandOf(value: string): string[] {
  const command: unknown = JSON.parse(value.replace(/^.*?\[/, '['));
  assert.ok(Array.isArray(command) && command[0] === 'node');
  return command.slice(1).map(String);
}

test('the Dockerfile passes hadolint', () => {
  const { stdout, status } = spawnSync(needTool('hadolint', process.env), ['Dockerfile'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});

test('the image runs a hub as npm run hub does, and not as root', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  assert.equal(commandOf(only('CMD')).join(' '), scripts.hub?.replace(/^node /, ''));
  assert.match(only('USER'), /^[1-9]\d*:[1-9]\d*$/);
  assert.equal(only('STOPSIGNAL'), 'SIGTERM');
  const [base] = readFileSync(join(root, 'Dockerfile'), 'utf8').match(/node:\S+/) ?? [];
  assert.equal(base, 'node:24-trixie-slim');
});

test('what the Dockerfile puts together runs as nobody, from files that it can not write, and ends well', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const folder = await assemble(t);
  const binaries = readdirSync(join(folder, 'node_modules', 'uWebSockets.js')).filter((name) =>
    name.endsWith('.node'),
  );
  assert.deepEqual(binaries, [`uws_${process.platform}_${process.arch}_${process.versions.modules}.node`]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const own = files.filter((name) => !name.startsWith('node_modules'));
  assert.deepEqual(
    own.filter((name) => /test|fixture|loadtest|fake-/.test(name)),
    [],
  );
  assert.ok(!files.includes(join('node_modules', 'typescript')), 'nothing that only developers need');

  const [port = 0, operationsPort = 0] = await freePorts(2);
  const environment = {
    ...environmentOf(image),
    PATH: process.env.PATH,
    TMPDIR: '/nowhere',
    TICKWIRE_AUTH_NONE_OK: '1',
    TICKWIRE_DRAIN_MS: '0',
    TICKWIRE_PORT: String(port),
    TICKWIRE_OPERATIONS_PORT: String(operationsPort),
    TICKWIRE_REDIS_URL: urlFor('hub', redis.url),
  };
  const options = { cwd: folder, env: environment, ...nobody };
  const hub = spawn(process.execPath, commandOf(only('CMD')), {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void hub.kill('SIGKILL'));
  let output = '';
  for (const stream of [hub.stdout, hub.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const isHealthy = (): boolean =>
    spawnSync(process.execPath, commandOf(only('HEALTHCHECK')), options).status === 0;
  await until('it is healthy', () => {
    assert.equal(hub.exitCode, null, output);
    return isHealthy();
  });
  await until('it serves the page', async () => (await fetch(`http://127.0.0.1:${port}/`)).ok);
  const exited = once(hub, 'exit');
  hub.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null], output);
  assert.equal(isHealthy(), false, 'a hub that is gone is not healthy');
});

/** Does what the build stage says, in a folder of its own, which nobody may write afterwards. */
async function assemble(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-image-'));
  t.after(() => {
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  });
  for (const { name, value } of build)
    if (name === 'COPY') copy(value, folder);
    else if (name === 'RUN')
      execFileSync('sh', ['-c', value], {
        cwd: folder,
        env: { ...process.env, npm_config_prefer_offline: 'true' },
        stdio: 'pipe',
      });
  chmodSync(folder, 0o755);
  execFileSync('chmod', ['-R', 'a+rX,a-w', folder]);
  return folder;
}

function copy(value: string, folder: string): void {
  const sources = value.split(' ').slice(0, -1);
  const isTaken = readDockerignore(root);
  const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  for (const path of sources[0] === '.' ? tracked.filter(isTaken) : sources) {
    assert.ok(isTaken(path), `${path} is not kept out by .dockerignore`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
}

function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const settings = stage.filter(({ name }) => name === 'ENV').flatMap(({ value }) => value.split(/ +/));
  return Object.fromEntries(settings.map((setting) => setting.split('=', 2)));
}
