import { wholeNumber } from '#feed-adapter/venues/fields.ts';
import type { Retry } from '#feed-adapter/venues/transport/venue-connection.ts';

/** What an error code means, and whether to try again. */
export interface AlpacaError {
  readonly problem: string;
  readonly retry: Retry;
}

/** https://docs.alpaca.markets/docs/streaming-market-data#errors */
const errors: ReadonlyMap<number, AlpacaError> = new Map<number, AlpacaError>([
  [400, { problem: 'error 400, it could not read our message', retry: 'slow' }],
  [401, { problem: 'error 401, not authenticated: check key and secret', retry: 'never' }],
  [402, { problem: 'error 402, authentication failed: check key and secret', retry: 'never' }],
  [404, { problem: 'error 404, authentication took too long', retry: 'soon' }],
  [405, { problem: 'error 405, more symbols than the plan allows: configure fewer', retry: 'slow' }],
  [406, { problem: 'error 406, the plan allows no further connection: is another running?', retry: 'slow' }],
  [407, { problem: 'error 407, we read too slowly', retry: 'soon' }],
  [408, { problem: 'error 408, the account has no access to this version', retry: 'never' }],
  [409, { problem: 'error 409, the plan does not include this feed: check the url', retry: 'never' }],
  [410, { problem: 'error 410, the feed knows no such subscription', retry: 'slow' }],
  [500, { problem: 'error 500, it failed', retry: 'soon' }],
]);

/** In our own words only: what the venue says could repeat the key that it refuses. */
export function alpacaErrorOf(code: unknown): AlpacaError {
  const number = wholeNumber(code);
  if (number === undefined) return { problem: 'an error without a code', retry: 'soon' };
  return errors.get(number) ?? { problem: `error ${number}`, retry: 'soon' };
}
