import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type FileFormatOptions, readFileRows } from './file-rows.ts';

/** A file with `content` that is gone after the test; compressed when its name ends in `.gz`. */
export async function writeFixture(t: TestContext, name: string, content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-file-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content);
  return path;
}

/** For tests: all rows of a file. */
export async function rowsOf(options: FileFormatOptions): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of readFileRows(options, new AbortController().signal)) rows.push(row);
  return rows;
}
