import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseCommand } from './commands.ts';

const names = ['start', 'hub', 'feed', 'tail', 'doctor', 'token'] as const;

function textOf(...args: readonly string[]): string {
  const choice = chooseCommand(args);
  assert.equal(choice.kind, 'text');
  return choice.kind === 'text' ? choice.text : '';
}

test('help lists every command, with and without being asked', () => {
  for (const args of [[], ['--help'], ['-h'], ['help']])
    for (const name of names) assert.match(textOf(...args), new RegExp(`^  ${name} +\\w`, 'm'));
});

for (const name of names)
  test(`help of ${name} shows at least two examples that begin with the command itself`, () => {
    const help = textOf(name, '--help');
    assert.equal(textOf('help', name), help);
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

test('a command that does not exist is refused with the nearest one that does', () => {
  for (const [wrong, meant] of [
    ['docter', 'doctor'],
    ['strat', 'start'],
    ['hubs', 'hub'],
    ['tokne', 'token'],
  ] as const) {
    const choice = chooseCommand([wrong]);
    assert.ok(choice.kind === 'problem');
    assert.match(choice.problem, new RegExp(`did you mean ${meant}\\?`));
  }
  const choice = chooseCommand(['frobnicate']);
  assert.ok(choice.kind === 'problem' && choice.problem.includes('one of start, hub'));
});

test('processes take no arguments, so that none is ignored in silence', () => {
  for (const name of ['start', 'hub', 'feed']) {
    assert.equal(chooseCommand([name]).kind, 'script');
    const choice = chooseCommand([name, '--port=8081']);
    assert.ok(choice.kind === 'problem' && choice.problem.includes('--port=8081'));
  }
});

test('a mistake in the arguments of tail is told by the command itself', () => {
  for (const args of [['tail'], ['tail', '--frequency', 'often', 'AAPL'], ['tail', '--colour', 'AAPL']])
    assert.equal(chooseCommand(args).kind, 'problem', args.join(' '));
});

test('the arguments of tail, doctor and token go on to them', () => {
  assert.deepEqual(chooseCommand(['tail', 'AAPL']), { kind: 'script', script: 'tail', args: ['AAPL'] });
  assert.deepEqual(chooseCommand(['doctor', '--json']), { kind: 'doctor', args: ['--json'] });
  assert.deepEqual(chooseCommand(['--version']), { kind: 'version' });
});
