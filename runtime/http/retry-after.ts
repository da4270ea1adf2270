/** Clients that were refused together are asked to come back apart. */
const retryAfterSecondsMax = 10;

/**
 * The value of a `Retry-After` header: 1 to 10 s.
 * @param random 0 … 1
 */
export function retryAfter(random: () => number): string {
  return String(1 + Math.floor(random() * retryAfterSecondsMax));
}
