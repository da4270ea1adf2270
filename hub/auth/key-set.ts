import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import { TokenBucket } from '#protocol/pacing/token-bucket.ts';
import { KeysUnavailableError } from './jwt-authenticator.ts';
import { createKeyFetch, type KeyFetch, type KeyFetchDeps, type KeyFetchLimits } from './key-fetch.ts';
import { signatureAlgorithms } from './verification-key.ts';

/** How old keys may become, and how often made-up key names may cause a request. */
export interface KeySetLimits extends KeyFetchLimits {
  /** For the answer to one request, all of it. */
  readonly fetchTimeoutMs: number;
  /** Keys so old are fetched again; meanwhile, and while that fails, they go on being used. */
  readonly refreshAfterMs: number;
  /** Tokens that name a key which is not in the set make it be fetched again, once in so long in the long run … */
  readonly unknownKeyMs: number;
  /** … and so many times at once: a stranger's made-up name must not take the read that a change of keys needs. */
  readonly unknownKeyReadsMax: number;
}

/**
 * The keys behind a JWKS address. Whoever sends tokens with made-up key names, or comes while the address does not
 * answer, causes no more requests than the limits say: `jose` itself waits after a success only. A token is refused for
 * good only by what was read after it came: until the set may be read again, a key that is not in it may be a new one.
 * What it returns rejects with a `KeysUnavailableError` where the hub or the issuer is at fault, and with a
 * `JWKSNoMatchingKey` where the token is.
 */
export function createKeySet(url: URL, deps: KeyFetchDeps, limits: KeySetLimits): JWTVerifyGetKey {
  const keySet = new KeySet(url, deps, limits);
  return (header, token) => keySet.keyFor(header, token);
}

type KeyRequest = Parameters<JWTVerifyGetKey>;

class KeySet {
  readonly #host: string;
  readonly #deps: KeyFetchDeps;
  readonly #limits: KeySetLimits;
  readonly #issuer: KeyFetch;
  /** Reads that strangers may cause. */
  readonly #budget: TokenBucket;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  /** Of the keys in the set. */
  #names: ReadonlySet<unknown> = new Set();
  /** What is wrong with one of them was said; not again before a set was read. */
  #told = false;

  constructor(url: URL, deps: KeyFetchDeps, limits: KeySetLimits) {
    this.#host = url.host;
    this.#deps = deps;
    this.#limits = limits;
    this.#issuer = createKeyFetch(url.host, deps, limits);
    const reads = { perSecond: 1000 / limits.unknownKeyMs, burst: limits.unknownKeyReadsMax };
    this.#budget = new TokenBucket(reads, deps.now());
    this.#keys = createRemoteJWKSet(url, {
      timeoutDuration: limits.fetchTimeoutMs,
      cooldownDuration: Number.POSITIVE_INFINITY, // when it is read again for an unknown key is decided here
      cacheMaxAge: Number.POSITIVE_INFINITY, // its age is looked at here
      [customFetch]: this.#issuer.fetch,
    });
  }

  /** The key that a token was signed with. @throws JWKSNoMatchingKey, KeysUnavailableError */
  async keyFor(...request: KeyRequest): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    const isFresh = await this.#keepFresh();
    const { kid } = request[0];
    try {
      return await this.#lookUp(...request);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!isFresh && !this.#isNamed(kid)) await this.#readAgain(kid);
      if (this.#isNamed(kid) && !(await this.#isUsable(kid))) throw this.#unusable('of no known kind or use');
      return this.#lookUp(...request);
    }
  }

  /** Has the set read the first time, or because it is old. True when it was read for this very call. */
  async #keepFresh(): Promise<boolean> {
    const begins = !this.#keys.reloading;
    if (this.#fetchedAt === Number.NEGATIVE_INFINITY) {
      await this.#reload();
      return begins;
    }
    const isOld = this.#deps.now() - this.#fetchedAt > this.#limits.refreshAfterMs;
    if (begins && isOld) this.#reload().catch(() => undefined); // logged; the old keys go on
    return false;
  }

  /** The key that a token names, in the set as it is. @throws JWKSNoMatchingKey, KeysUnavailableError */
  async #lookUp(...request: KeyRequest): Promise<Awaited<ReturnType<JWTVerifyGetKey>>> {
    try {
      return await this.#keys(...request);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      throw this.#unusable(error instanceof Error ? error.name : typeof error);
    }
  }

  /** Has the set read for a token whose key is not in it. @throws KeysUnavailableError when that may not be now */
  async #readAgain(kid: unknown): Promise<void> {
    const joins = this.#keys.reloading;
    if (!joins && !this.#budget.take(this.#deps.now()))
      throw new KeysUnavailableError('the key set was read a moment ago');
    await this.#reload();
    if (joins && !this.#isNamed(kid))
      throw new KeysUnavailableError('the read had begun before the token came');
  }

  async #reload(): Promise<void> {
    try {
      await this.#keys.reload();
    } catch (error) {
      throw error instanceof KeysUnavailableError ? error : this.#issuer.failed('no key set');
    }
    this.#issuer.succeeded();
    this.#fetchedAt = this.#deps.now();
    this.#names = new Set(this.#keys.jwks()?.keys.map(({ kid }) => kid));
    this.#told = false;
  }

  #isNamed(kid: unknown): kid is string {
    return typeof kid === 'string' && this.#names.has(kid);
  }

  /** Whether the key named `kid` is good for any algorithm: a token that names another one for it is at fault then. */
  async #isUsable(kid: string): Promise<boolean> {
    for (const alg of signatureAlgorithms) {
      try {
        await this.#keys({ alg, kid });
        return true;
      } catch (error) {
        if (error instanceof errors.JWKSMultipleMatchingKeys) return true;
      }
    }
    return false;
  }

  /** A key of the set is of no use: a fault of the issuer, told in the log, and not of whoever shows a token. */
  #unusable(reason: string): KeysUnavailableError {
    if (!this.#told)
      this.#deps.log.warn({ host: this.#host, reason }, 'a key of the key set can not be used');
    this.#told = true;
    return new KeysUnavailableError(reason);
  }
}
