import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand } from './script-command.ts';

const textOf = (bytes: Buffer): string => bytes.toString('latin1');

test('text and numbers are bulk strings, counted in bytes', () => {
  assert.equal(textOf(encodeCommand('get', [])), '*1\r\n$3\r\nget\r\n');
  assert.equal(encodeCommand('eval', ['é', 42]).toString(), '*3\r\n$4\r\neval\r\n$2\r\né\r\n$2\r\n42\r\n');
});

test('binary arguments keep their bytes, wherever they stand', () => {
  const bytes = Buffer.from([0xff, 0x0d, 0x0a, 0x00]);
  const raw = bytes.toString('latin1');
  assert.equal(
    textOf(encodeCommand('x', [bytes, 'a', bytes, bytes])),
    `*5\r\n$1\r\nx\r\n$4\r\n${raw}\r\n$1\r\na\r\n$4\r\n${raw}\r\n$4\r\n${raw}\r\n`,
  );
});

test('an empty binary argument is an empty bulk string', () => {
  assert.equal(textOf(encodeCommand('x', [Buffer.alloc(0), ''])), '*3\r\n$1\r\nx\r\n$0\r\n\r\n$0\r\n\r\n');
});
