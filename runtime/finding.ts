/** `unseen`: nobody says; `warn`: it works, but not as well as it could; `fail`: it does not, or will not. */
export type Verdict = 'ok' | 'unseen' | 'warn' | 'fail';

/** What one check of the surroundings found: `tickwire doctor` prints it, a process logs it. */
export interface Finding {
  /** What was looked at, in a few words, e.g. `redis memory policy`. */
  readonly topic: string;
  readonly verdict: Verdict;
  /** What is so, with figures and units, for people; holds no secret. */
  readonly says: string;
  /** What to do about it, with the exact command or key; absent where nothing is to be done. */
  readonly fix?: string;
}

/** All is well. */
export function ok(topic: string, says: string): Finding {
  return { topic, verdict: 'ok', says };
}

/** It could not be looked at; `fix` says what would show it. */
export function unseen(topic: string, says: string, fix: string): Finding {
  return { topic, verdict: 'unseen', says, fix };
}

/** It works, and may harm later; `fix` says what to do. */
export function warn(topic: string, says: string, fix: string): Finding {
  return { topic, verdict: 'warn', says, fix };
}

/** It does not work; `fix` says what to do. */
export function fail(topic: string, says: string, fix: string): Finding {
  return { topic, verdict: 'fail', says, fix };
}
