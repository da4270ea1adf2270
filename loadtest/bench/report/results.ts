import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BenchResult } from '#loadtest/bench/harness/bench.ts';

/** A result with where and when it was measured. */
export interface StoredResult extends BenchResult {
  /** e.g. `2 × Intel Xeon, Node 20.19.5, Redis 7.0.15` */
  readonly machine: string;
  /** e.g. `2026-11-21` */
  readonly date: string;
}

/** Results by the name of their bench. */
export type Results = Readonly<Record<string, StoredResult>>;

/**
 * What was stored; nothing when there is no file yet.
 * @throws Error that names the file when it is not one that `writeResults` wrote
 */
export function readResults(path: string): Results {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  const results = parseResults(text);
  if (results === undefined)
    throw new Error(
      `${path} can not be read as results; remove it and run \`npm run bench -- --write\` for new ones`,
    );
  return results;
}

/** Writes the results in the order of their names, and makes the folder where it is not there. */
export function writeResults(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  const ordered = Object.fromEntries(Object.entries(results).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(ordered, rounded, 2)}\n`);
}

/** The text of a results file; undefined when it is none. */
export function parseResults(text: string): Results | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) && Object.values(value).every(isStored) ? (value as Results) : undefined;
  } catch {
    return undefined; // a merge that went wrong, mostly: the caller says what to do
  }
}

function isStored(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.machine === 'string' &&
    Array.isArray(value.claims) &&
    Array.isArray(value.rows) &&
    value.rows.every(
      (row: unknown) => isRecord(row) && Array.isArray(row.ratios) && Array.isArray(row.values),
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Five digits say more than any run can. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
