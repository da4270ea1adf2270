import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type ColumnNames, Columns, type FileRow } from './file-columns.ts';
import type { TimeUnit } from './file-mapper.ts';
import { readCsv } from './read-csv.ts';
import { readJsonLines } from './read-json-lines.ts';

/** Which file is read, and what its columns and times mean. */
export interface FileFormatOptions {
  /** Ends in `.csv`, `.jsonl` or `.ndjson`, each also with `.gz` after it. */
  readonly path: string;
  readonly columns?: ColumnNames;
  readonly timeUnit?: TimeUnit;
}

/** The file can not be read, or is not what its name says. Its message is for people and names the file. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/**
 * The rows of the file in order, read as fast as they are taken; `malformed` in place of each that is none.
 * @throws FileError
 */
export async function* readFileRows(
  options: FileFormatOptions,
  signal: AbortSignal,
): AsyncGenerator<FileRow | 'malformed', void> {
  const { path } = options;
  const readRows = readerOf(path);
  try {
    yield* readRows(open(path, signal), new Columns(options.columns ?? {}));
  } catch (error) {
    throw new FileError(`${path}: ${reasonOf(error)}`, { cause: error });
  }
}

type ReadRows = (bytes: Readable, columns: Columns) => AsyncGenerator<FileRow | 'malformed', void>;

function readerOf(path: string): ReadRows {
  const name = path.replace(/\.gz$/i, '');
  if (/\.csv$/i.test(name)) return readCsv;
  if (/\.(jsonl|ndjson)$/i.test(name)) return readJsonLines;
  throw new FileError(`${path}: the name must end in .csv, .jsonl or .ndjson (or that and .gz)`);
}

function open(path: string, signal: AbortSignal): Readable {
  const file = createReadStream(path, { signal });
  if (!/\.gz$/i.test(path)) return file;
  // What goes wrong destroys the last stream with the error, where the reader meets it.
  return pipeline(file, createGunzip(), () => undefined);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
