import { TokenBucket } from '#protocol/pacing/token-bucket.ts';

/** How fast one address may connect. */
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

/** @param now ms of a clock that never goes back */
export function createConnectionRate(now: () => number, limits: ConnectionRateLimits): ConnectionRate {
  const { connectionsPerSecond: perSecond, rateAddressesMax } = limits;
  const bucketLimits = { perSecond, burst: burstSeconds * perSecond };
  /** In the order of their latest visits. */
  const buckets = new Map<string, TokenBucket>();

  const forgetSome = (at: number): void => {
    for (const [address, bucket] of buckets) {
      // Full again: remembering it makes no difference.
      if (buckets.size < rateAddressesMax && !bucket.isFull(at)) return;
      buckets.delete(address);
    }
  };

  return {
    allows(address, times = 1) {
      const at = now();
      const known = buckets.get(address);
      buckets.delete(address);
      if (known === undefined) forgetSome(at);
      const bucket = known ?? new TokenBucket(bucketLimits, at);
      buckets.set(address, bucket);
      return bucket.take(at, times);
    },
    get size() {
      return buckets.size;
    },
  };
}
