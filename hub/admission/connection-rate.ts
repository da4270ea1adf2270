export interface ConnectionRateLimits {
  /** Connections and HTTP requests of one address, in the long run; at once it may have four seconds' worth. */
  readonly connectionsPerSecond: number;
  /** Addresses that are remembered; of more, the one that was quiet for longest is forgotten. */
  readonly rateAddressesMax: number;
}

/** Spends what each address may ask for: a bucket for each that fills up again with time. */
export interface ConnectionRate {
  /** Whether `address` may come once more now, with something that counts `times`: at most as all it may have at once. */
  allows(address: string, times?: number): boolean;
  /** Addresses that are remembered. */
  readonly size: number;
}

const burstSeconds = 4;

interface Bucket {
  tokens: number;
  /** When it had so many, ms. */
  at: number;
}

/** @param now ms of a clock that never goes back */
export function createConnectionRate(now: () => number, limits: ConnectionRateLimits): ConnectionRate {
  const { connectionsPerSecond, rateAddressesMax } = limits;
  const fullTokens = burstSeconds * connectionsPerSecond;
  /** In the order of their latest visits. */
  const buckets = new Map<string, Bucket>();

  const tokensOf = (bucket: Bucket, at: number): number =>
    Math.min(fullTokens, bucket.tokens + ((at - bucket.at) * connectionsPerSecond) / 1000);

  const forgetSome = (at: number): void => {
    for (const [address, bucket] of buckets) {
      // Full again: remembering it makes no difference.
      if (buckets.size < rateAddressesMax && tokensOf(bucket, at) < fullTokens) return;
      buckets.delete(address);
    }
  };

  return {
    allows(address, times = 1) {
      const at = now();
      const wanted = Math.min(times, fullTokens);
      const known = buckets.get(address);
      const tokens = known === undefined ? fullTokens : tokensOf(known, at);
      buckets.delete(address);
      if (known === undefined) forgetSome(at);
      buckets.set(address, { tokens: tokens < wanted ? tokens : tokens - wanted, at });
      return tokens >= wanted;
    },
    get size() {
      return buckets.size;
    },
  };
}
