import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctorCommand } from './doctor/command.ts';
import { processCommands } from './process-commands.ts';
import { type Ran, runTickwire } from './program-fixture.ts';
import { tailCommand } from './tail/command.ts';
import { tokenCommand } from './token/command.ts';

const names = ['start', 'hub', 'feed', 'tail', 'doctor', 'token'] as const;

/** The whole command; what is chosen is noted in place of being done. */
async function run(...args: readonly string[]): Promise<Ran & { readonly chosen: readonly unknown[] }> {
  const chosen: unknown[] = [];
  const note = (code: number) => (what: unknown) => {
    chosen.push(what);
    return code;
  };
  const ran = await runTickwire(
    args,
    processCommands(note(7)),
    tailCommand({}, note(0)),
    doctorCommand(async (request) => note(1)(request)),
    tokenCommand(async (request) => note(0)(request)),
  );
  return { ...ran, chosen };
}

test('help lists every command, with and without being asked', async () => {
  for (const args of [[], ['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await run(...args);
    assert.deepEqual([code, stderr], [0, '']);
    for (const name of names) assert.match(stdout, new RegExp(`^  ${name} .*\\w`, 'm'));
  }
});

for (const name of names)
  test(`help of ${name} shows at least two examples that begin with the command itself`, async () => {
    const { code, stdout: help } = await run(name, '--help');
    assert.equal(code, 0);
    assert.equal((await run('help', name)).stdout, help);
    const examples = help
      .split('\n')
      .filter((line) => /^ {2}\S/.test(line) && line.includes(`tickwire ${name}`));
    assert.ok(examples.length >= 2, help);
    assert.doesNotMatch(help, /npm run/);
    assert.ok(
      help.split('\n').every((line) => line.length <= 130),
      'it fits a terminal',
    );
  });

test('a command that does not exist is refused with the nearest one that does', async () => {
  for (const [wrong, meant] of [
    ['docter', 'doctor'],
    ['strat', 'start'],
    ['hubs', 'hub'],
    ['tokne', 'token'],
  ] as const) {
    const { code, stderr, chosen } = await run(wrong);
    assert.deepEqual([code, chosen], [2, []]);
    assert.match(stderr, new RegExp(`unknown command '${wrong}'\\n\\(Did you mean ${meant}\\?\\)`));
  }
  const { code, stderr } = await run('frobnicate');
  assert.equal(code, 2);
  assert.match(stderr, /tickwire --help lists what there is/);
});

test('processes take no arguments, so that none is ignored in silence', async () => {
  for (const name of ['start', 'hub', 'feed']) {
    assert.deepEqual((await run(name)).chosen, [name]);
    for (const argument of ['--port=8081', '8081']) {
      const { code, stderr, chosen } = await run(name, argument);
      assert.deepEqual([code, chosen], [2, []]);
      assert.match(stderr, /--port=8081|too many arguments/);
      assert.match(stderr, new RegExp(`tickwire ${name} takes no arguments`));
    }
  }
});

test('a mistake in the arguments of tail is told by the command itself', async () => {
  for (const args of [['tail'], ['tail', '--frequency', 'often', 'AAPL'], ['tail', '--colour', 'AAPL']]) {
    const { code, chosen } = await run(...args);
    assert.deepEqual([code, chosen], [2, []], args.join(' '));
  }
});

test('the exit code is that of what was chosen', async () => {
  assert.equal((await run('hub')).code, 7);
  const { code, chosen } = await run('doctor', 'hub', '--json');
  assert.deepEqual([code, chosen], [1, [{ targets: ['hub'], json: true }]]);
  assert.deepEqual((await run('doctor')).chosen, [{ targets: ['hub', 'feed'], json: false }]);
  assert.equal((await run('--version')).stdout, '1.2.3\n');
});

test('a process that the doctor does not know is refused with those that it does', async () => {
  const { code, stderr } = await run('doctor', 'gateway');
  assert.equal(code, 2);
  assert.match(stderr, /gateway.*Allowed choices are hub, feed, start/);
});
