import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from './harness/source-files.ts';

/**
 * The command line of every script: `--help` says how it is used and starts nothing, a flag that there is not is
 * refused, with nothing started and nothing written.
 */

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** Those that are programs of others alone. */
const ofOthers = ['check', 'format'];
/** Whose flags are checked by another program that may not be here: `k6 run --flag`. */
const passOn = new Set(['k6', 'artillery']);
const timeoutMs = 60_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, args: readonly string[]): Promise<Ended> {
  const [program = '', ...words] = command.split(' ');
  const file = program === 'node' ? process.execPath : join(root, folderOf(program), program);
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...words, ...args],
      { cwd: root, timeout: timeoutMs, killSignal: 'SIGKILL' },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Programs of packages have one of their own; those of the project are named with theirs. */
function folderOf(program: string): string {
  return program.includes('/') ? '.' : 'node_modules/.bin';
}

const commands: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(scripts).filter(([name]) => !ofOthers.includes(name))),
  ...Object.fromEntries(
    ['start', 'hub', 'feed', 'tail', 'doctor', 'token'].map((name) => [
      `tickwire ${name}`,
      `node bin/tickwire.mjs ${name}`,
    ]),
  ),
};

describe('every script of package.json and every command of tickwire', { concurrency: 2 }, () => {
  for (const [name, command] of Object.entries(commands)) {
    test(`${name} --help says how it is used, with code 0`, async () => {
      const { code, stdout, stderr } = await run(command, ['--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^Usage: (npm (start|test|run \S+)|tickwire \S+)/);
      assert.ok(
        stdout.split('\n').every((line) => line.length <= 130),
        'it fits a terminal',
      );
    });
    test(`${name} refuses a flag that there is not by its name, with code 2`, async () => {
      const { code, stderr } = await run(command, ['--no-such-flag']);
      assert.equal(code, 2, stderr);
      assert.match(stderr, passOn.has(name) ? /SCENARIO is missing/ : /--no-such-flag/);
      assert.doesNotMatch(stderr, /^ +at /m, 'no stack trace');
    });
  }
});

test('a script that npm starts is here: the list of those that are not is short', () => {
  assert.ok(ofOthers.every((name) => name in scripts));
  assert.ok(Object.keys(commands).length > 20);
});
