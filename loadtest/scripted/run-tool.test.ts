import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { k6Tool } from '#loadtest/k6/k6-tool.ts';
import { CommandLineError, readCommandLine } from '#runtime/command-line/read.ts';
import { commandLineOf, toolCommand } from './command.ts';
import { type Parameters, readParameters } from './parameters.ts';
import { runTool, type Tool } from './run-tool.ts';

/** Instead of k6: a Node that ends with the code that the scenario's TARGET is followed by. */
const tool: Tool = {
  name: 'tool',
  missing: () => undefined,
  invocation: ({ scenario, given }, target) => ({
    file: process.execPath,
    args: ['-e', `process.exitCode = Number(process.env.CODE)`],
    environment: { CODE: scenario === 'smoke' && target === given.TARGET ? '99' : '1' },
  }),
};

async function run(args: readonly string[], withTool: Tool = tool): Promise<[code: number, said: string]> {
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const command = toolCommand(readCommandLine(commandLineOf(withTool.name), args));
  const code = await runTool(withTool, { command, environment: { PATH: process.env.PATH }, say });
  return [code, lines.join('\n')];
}

/** Answers like a hub's catalogue; returns the address of its sockets. */
async function startCatalogue(t: TestContext, body: string): Promise<string> {
  const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`;
}

test('the exit code of the tool is that of the command', async (t) => {
  const target = await startCatalogue(t, '{"symbols":[{"symbol":"A"}]}');
  assert.deepEqual(await run(['smoke', '-e', `TARGET=${target}`]), [99, '']);
});

test('a hub that is not there, or is none, is one line that says what to change', async (t) => {
  const [code, said] = await run(['smoke', '-e', 'TARGET=ws://127.0.0.1:1/ws']);
  assert.equal(code, 1);
  assert.match(said, /^no hub answers at http:\/\/127\.0\.0\.1:1\/symbols: start one \(npm start\).*$/);
  const other = await startCatalogue(t, 'hello');
  assert.match((await run(['smoke', '-e', `TARGET=${other}`]))[1], /^.*is not answered by a Tickwire hub.*$/);
});

test('an unknown scenario, parameter or value is told with what there is, all at once', async () => {
  const problemsOf = async (...args: readonly string[]): Promise<string> => {
    const error: unknown = await run(args).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof CommandLineError);
    return error.message;
  };
  assert.equal(
    await problemsOf('flood'),
    'SCENARIO is flood, but must be one of smoke, ramp, soak, spike, reconnect-storm',
  );
  assert.match(await problemsOf(), /^SCENARIO is missing: it must be one of smoke, /);
  const problems = await problemsOf('ramp', '-e', 'SOKETS=3', '-e', 'DURATION', '-e', 'SYMBOLS_PER_SOCKET=0');
  assert.match(problems, /^-e SOKETS is no parameter: take one of TARGET, SOCKETS/m);
  assert.match(problems, /^-e DURATION must be NAME=VALUE/m);
  assert.match(problems, /^SYMBOLS_PER_SOCKET=0 must be a whole number from 1 to 1000/m);
});

test('a k6 that is not there is one line that says how to get it', async () => {
  const [code, said] = await run(['smoke'], k6Tool('/nowhere/k6'));
  assert.equal(code, 2);
  assert.match(said, /^\/nowhere\/k6 does not run: get k6 with "go install .*K6_BIN to its path$/);
});

test('parameters reach k6 as -e, and what is for k6 alone as it is', () => {
  const { args } = k6Tool('k6').invocation(
    {
      scenario: 'smoke',
      given: { SOCKETS: '3' },
      passedOn: ['--quiet'],
      parameters: parametersOfSmoke(),
    },
    'ws://a/ws',
  );
  assert.deepEqual(args.slice(0, 6), ['run', '-e', 'SOCKETS=3', '-e', 'TARGET=ws://a/ws', '--quiet']);
  assert.match(args[6] ?? '', /scripts\/smoke\.ts$/);
});

function parametersOfSmoke(): Parameters {
  const read = readParameters('smoke', {});
  assert.ok(read.ok);
  return read.parameters;
}
