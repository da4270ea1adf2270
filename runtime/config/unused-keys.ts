import type { Logger } from '#runtime/logger.ts';
import { type ConfigKeys, testKeyPrefix } from './config.ts';

/** A key that is set and changes nothing. */
export interface UnusedKey {
  readonly env: string;
  /** Why, for people. */
  readonly why: string;
}

/**
 * Keys that are set, are right, and belong to another process or to the tests.
 * @param keys those of this process
 * @param keysOfOthers those of other processes
 */
export function keysOfOthersIn(
  env: Readonly<Record<string, string | undefined>>,
  keys: ConfigKeys,
  keysOfOthers: ConfigKeys,
): readonly UnusedKey[] {
  const ours = new Set(Object.values(keys).map((key) => key.env));
  const theirs = new Set(Object.values(keysOfOthers).map((key) => key.env));
  return Object.entries(env).flatMap(([name, text]) => {
    if (text === undefined || text === '' || ours.has(name)) return [];
    if (theirs.has(name)) return [{ env: name, why: 'another process reads it, this one does not' }];
    return name.startsWith(testKeyPrefix)
      ? [{ env: name, why: 'the tests read it, this process does not' }]
      : [];
  });
}

/** A line for each reason: whoever set the keys may have expected something of them. */
export function warnOfUnusedKeys(log: Logger, unused: readonly UnusedKey[]): void {
  for (const why of new Set(unused.map((key) => key.why)))
    log.warn(
      { why, keys: unused.filter((key) => key.why === why).map(({ env }) => env) },
      'keys are set that change nothing here',
    );
}
