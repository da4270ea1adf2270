import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './logger.ts';

test('a line is JSON with its level, the process and the fields', () => {
  const lines: string[] = [];
  createLogger('hub', 'info', { write: (line) => void lines.push(line) }).warn(
    { attempt: 2 },
    'reconnecting',
  );
  assert.equal(lines.length, 1);
  const { level, name, pid, attempt, msg } = JSON.parse(lines.join());
  assert.deepEqual(
    { level, name, pid, attempt, msg },
    { level: 40, name: 'hub', pid: process.pid, attempt: 2, msg: 'reconnecting' },
  );
});

test('what is below the level is not written', () => {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  createLogger('hub', 'warn', destination).info('not this one');
  createLogger('hub', 'silent', destination).fatal('nor this one');
  assert.deepEqual(lines, []);
});
