import type { Readable } from 'node:stream';
import { isFields, readJson } from '#feed-adapter/venues/fields.ts';
import type { Columns, FileField, FileRow } from './file-columns.ts';

/** A longer line is none, and is not kept in memory. */
const lineCharactersMax = 65_536;

/**
 * Rows of a file with one JSON object a line. Rows may have different fields, trades and quotes mixed;
 * empty lines are nothing.
 * @throws Error when the first object can not be a tick, or what `bytes` throws
 */
export async function* readJsonLines(
  bytes: Readable,
  columns: Columns,
): AsyncGenerator<FileRow | 'malformed', void> {
  let known = false;
  for await (const line of readLines(bytes)) {
    if (line?.trim() === '') continue;
    const json = line === undefined ? undefined : readJson(line);
    if (json?.ok !== true || !isFields(json.value)) {
      yield 'malformed';
      continue;
    }
    if (!known) refuseColumns(Object.keys(json.value), columns);
    known = true;
    yield rowOf(json.value, columns);
  }
  if (!known) throw new Error('the file has no rows');
}

function refuseColumns(names: readonly string[], columns: Columns): void {
  const problem = columns.problem(names);
  if (problem !== undefined) throw new Error(problem);
}

function rowOf(object: Readonly<Record<string, unknown>>, columns: Columns): FileRow {
  const row: Partial<Record<FileField, unknown>> = {};
  for (const [name, value] of Object.entries(object)) {
    const field = columns.fieldOf(name);
    if (field !== undefined) row[field] ??= value;
  }
  return row;
}

/** Lines without their ends; undefined in place of one that is too long. */
async function* readLines(bytes: Readable): AsyncGenerator<string | undefined, void> {
  let line = '';
  let tooLong = false;
  for await (const text of bytes.setEncoding('utf8')) {
    const [first = '', ...others] = String(text).split('\n');
    line = tooLong ? '' : line + first;
    for (const next of others) {
      yield tooLong || line.length > lineCharactersMax ? undefined : line;
      tooLong = false;
      line = next;
    }
    tooLong ||= line.length > lineCharactersMax;
  }
  if (tooLong) yield undefined;
  else if (line !== '') yield line;
}
