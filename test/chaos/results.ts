import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Outcome } from './run.ts';
import type { TrialResult } from './trial.ts';

/** How a scenario went, with where and when. */
export interface StoredOutcome {
  readonly fault: string;
  readonly redis: string;
  /** Absent where the clients did not all come back. */
  readonly result?: TrialResult;
  readonly failures: readonly string[];
  /** e.g. `2 × Intel Xeon, Node 20.19.5, Redis 7.0.15` */
  readonly machine: string;
  /** e.g. `2026-11-21` */
  readonly date: string;
}

/** By the scenario's name. */
export type StoredOutcomes = Readonly<Record<string, StoredOutcome>>;

/** What was stored; nothing when there is no file yet. @throws Error that says what to do with a damaged file */
export function readOutcomes(path: string): StoredOutcomes {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StoredOutcomes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${path} can not be read; remove it and run \`npm run chaos -- --write\` for a new one`, {
      cause: error,
    });
  }
}

/** Adds to what is stored; scenarios that were not run keep what they have, those of `names` only. */
export function storeOutcomes(
  path: string,
  outcomes: readonly Outcome[],
  at: { readonly machine: string; readonly date: string },
  names: readonly string[],
): StoredOutcomes {
  const added = outcomes.map(({ scenario, result, failures }): [string, StoredOutcome] => [
    scenario.name,
    {
      ...{ fault: scenario.fault, redis: scenario.redis, failures, ...at },
      ...(result !== undefined && { result }),
    },
  ]);
  const all = { ...readOutcomes(path), ...Object.fromEntries(added) };
  const kept = Object.fromEntries(
    names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(kept, rounded, 2)}\n`);
  return kept;
}

/** Four digits say more than any run can. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
