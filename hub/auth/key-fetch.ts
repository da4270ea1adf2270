import type { Logger } from '#runtime/logger.ts';
import { KeysUnavailableError } from './jwt-authenticator.ts';

/** How much of an answer is read, and how soon a failed request is repeated. */
export interface KeyFetchLimits {
  /** Of an answer that are read; a set has some KB. */
  readonly answerBytesMax: number;
  /** After a request that failed none is made for so long. */
  readonly retryAfterMs: number;
}

/** How the issuer is reached, and where its failures are told. */
export interface KeyFetchDeps {
  readonly fetch: typeof fetch;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
  readonly log: Logger;
}

/** Asks an issuer for its keys, and no more often than the limits say while it does not answer. */
export interface KeyFetch {
  /** Rejects with a `KeysUnavailableError` for every answer that is none. */
  readonly fetch: typeof fetch;
  /** What came was a key set. */
  succeeded(): void;
  /** Nothing came, or no key set: logged once until it succeeds. */
  failed(reason: string): KeysUnavailableError;
}

/** @param host of the issuer, for the log */
export function createKeyFetch(host: string, deps: KeyFetchDeps, limits: KeyFetchLimits): KeyFetch {
  const { now, log } = deps;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failing = false;

  const failed = (reason: string): KeysUnavailableError => {
    if (!failing) log.warn({ host, reason }, 'key set can not be read');
    failing = true;
    failedAt = now();
    return new KeysUnavailableError(reason);
  };

  return {
    failed,
    succeeded() {
      if (failing) log.info({ host }, 'key set can be read again');
      failing = false;
    },
    async fetch(input, options) {
      if (now() - failedAt < limits.retryAfterMs) throw new KeysUnavailableError('failed a moment ago');
      try {
        const response = await deps.fetch(input, options);
        if (response.status !== 200) throw failed(`status ${response.status}`);
        return new Response(await readBody(response, limits.answerBytesMax));
      } catch (error) {
        if (error instanceof KeysUnavailableError) throw error;
        throw failed(error instanceof Error ? error.name : typeof error);
      }
    },
  };
}

/** @throws RangeError when it is longer than `bytesMax` */
async function readBody(response: Response, bytesMax: number): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new RangeError('the answer is too long'); // which also ends the request
    chunks.push(chunk);
  }
  return new Blob(chunks);
}
