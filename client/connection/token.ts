import type { Clock } from '#client/clock.ts';

/** A token, or what gets one: it is called for each connection, and again before its token expires. */
export type TokenSource = string | (() => Promise<string>);

/** Where tokens come from, and who shows them to the hub. */
export interface TokenDeps {
  /** Undefined: the hub wants none. */
  readonly source: TokenSource | undefined;
  readonly clock: Clock;
  /** Sends a token to the hub. */
  readonly present: (token: string) => void;
  /** A new token could not be had; it is asked for again. */
  readonly problem: (problem: string) => void;
}

/** The tokens of one connection. */
export interface Tokens {
  /** False when the next connection could show nothing else than this one. */
  readonly renewable: boolean;
  /** Calls `ready` when there is a token to begin with, at once where none has to be waited for. */
  begin(ready: () => void, failed: (problem: string) => void): void;
  /** Shows the token that it began with, if there is one that was not taken. */
  presentFirst(): void;
  /** The token that it began with, to be shown in another way. */
  takeFirst(): string | undefined;
  /** Gets another one and shows that, before the one shown expires. */
  renew(): void;
  stop(): void;
}

/** The hub says a minute before that a token expires: time for some attempts. */
const renewAgainMs = 5000;

/** Asks the source when a token is wanted, and not before. */
export function createTokens({ source, clock, present, problem }: TokenDeps): Tokens {
  let first = typeof source === 'string' ? source : undefined;
  let stopped = false;
  let cancelRetry = (): void => undefined;

  const get = (got: (token: string) => void, failed: (problem: string) => void): void => {
    if (typeof source !== 'function') return;
    new Promise<string>((resolve) => resolve(source())).then(
      (token) => stopped || got(token),
      (error: unknown) => stopped || failed(`no token could be had: ${wordsOf(error)}`),
    );
  };

  const renew = (): void =>
    get(present, (reason) => {
      cancelRetry = clock.after(renewAgainMs, renew);
      problem(reason);
    });

  return {
    renewable: typeof source === 'function',
    begin(ready, failed) {
      if (typeof source !== 'function') ready();
      else
        get((token) => {
          first = token;
          ready();
        }, failed);
    },
    presentFirst() {
      if (first !== undefined) present(first);
    },
    takeFirst() {
      const taken = first;
      first = undefined;
      return taken;
    },
    renew,
    stop() {
      stopped = true;
      cancelRetry();
    },
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
