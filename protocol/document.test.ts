import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseClientMessage } from './client-message.ts';
import { closeCodes, shouldReconnect } from './close-codes.ts';
import { codecs } from './codec.ts';
import { depthMax } from './depth.ts';
import { frequencyClassesMs, frequencyMaxMs } from './frequency.ts';
import { goldenMessages } from './golden/messages.ts';
import { parseHubMessage } from './hub-message.ts';
import { errorCodes, rejectionCodes, resetReasons, staleReasons } from './messages.ts';
import { symbolLengthMax } from './symbol.ts';

const document = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8');
const clientTypes = ['subscribe', 'unsubscribe', 'ping', 'authenticate'];

type Example = Record<string, unknown> & { readonly type: string };

/** Every line of every JSON block. */
const examples: readonly Example[] = [...document.matchAll(/```json\n(.*?)```/gs)].flatMap(([, block]) =>
  (block ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Example),
);

/** The rows, each with its cells, of the one table whose header begins with `title`. */
function tableOf(title: string): string[][] {
  const [, rest] = document.split(`\n| ${title} |`);
  assert.ok(rest !== undefined, `there is a table "${title}"`);
  const [table] = rest.split('\n\n');
  return (table ?? '')
    .split('\n')
    .slice(2)
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map((cells) => cells.slice(1, -1));
}

const firstCells = (title: string): (string | undefined)[] => tableOf(title).map(([first]) => first);

test('there is an example of every message', () => {
  const types = new Set(Object.values(goldenMessages).map((message) => message.type));
  assert.deepEqual(new Set(examples.map((example) => example.type)), types);
});

test('every example is a message of the contract, with no field that is unknown or malformed', () => {
  for (const example of examples)
    assert.deepEqual(plain(readMessage(example)), example, JSON.stringify(example));
});

test('the tables of codes and reasons are the closed lists of the code', () => {
  assert.deepEqual(firstCells('reset reason'), [...resetReasons]);
  assert.deepEqual(firstCells('stale reason'), [...staleReasons]);
  assert.deepEqual(firstCells('rejection code'), [...rejectionCodes]);
  assert.deepEqual([...firstCells('rejection code'), ...firstCells('error code')], [...errorCodes]);
  assert.deepEqual(
    tableOf('close code').map(([code, name, , reconnect]) => [
      Number(code),
      name,
      reconnect?.startsWith('yes'),
    ]),
    Object.entries(closeCodes).map(([name, code]) => [code, name, shouldReconnect(code)]),
  );
});

test('the subprotocols are those of the code', () => {
  assert.deepEqual(
    firstCells('subprotocol'),
    Object.values(codecs).map((codec) => codec.subprotocol),
  );
});

test('the numbers in the text are those of the code', () => {
  const classes = frequencyClassesMs.filter((classMs) => classMs > 0);
  assert.ok(document.includes(`${classes.slice(0, -1).join(', ')} or ${classes.at(-1)} ms`));
  assert.ok(document.includes(`ms, 0 to ${frequencyMaxMs}`));
  assert.ok(document.includes(`| ${depthMax} deep |`));
  assert.ok(document.includes(`1 to ${symbolLengthMax} characters`));
});

test('every field of the contract is described', () => {
  for (const message of Object.values(goldenMessages))
    for (const field of fieldsOf(message)) assert.ok(new RegExp(`[\`."]${field}[\`"]`).test(document), field);
});

/** Names of fields at any depth; the keys that are symbols are left out. */
function fieldsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  return Object.entries(value).flatMap(([key, inner]) =>
    /^[a-z_]+$/.test(key) ? [key, ...fieldsOf(inner)] : fieldsOf(inner),
  );
}

/** What a client or a hub understands of `example`. */
function readMessage(example: Example): unknown {
  if (!clientTypes.includes(example.type)) return parseHubMessage(example);
  const parsed = parseClientMessage(example);
  return parsed.ok ? parsed.message : parsed;
}

/** Without prototypes of its own. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
