import { adapterLimits } from './adapter.ts';
import type { FeedConfig } from './config.ts';
import { type FeedHttpLimits, feedHttpLimits } from './push/http-server.ts';
import { pushLimits } from './push/push-endpoint.ts';
import type { SourceLimits } from './source.ts';

/** The limits of an adapter: those that can be configured, and the others with their defaults. */
export function sourceLimitsOf(config: FeedConfig): SourceLimits {
  const { queueTicksMax, batchTicksMax, lingerMs, lateMs, unconfirmedMaxMs, conflateMs } = config;
  const backlogBatchTicksMax = Math.max(batchTicksMax, adapterLimits.publishQueue.backlogBatchTicksMax);
  return {
    ...adapterLimits,
    conflateMs,
    normaliser: { ...adapterLimits.normaliser, lateMs: lateMs === 0 ? undefined : lateMs },
    publishQueue: {
      ...adapterLimits.publishQueue,
      queueTicksMax,
      batchTicksMax,
      backlogBatchTicksMax,
      lingerMs,
    },
    leadership: { ...adapterLimits.leadership, unconfirmedMaxMs },
  };
}

/** The limits of the adapter's HTTP server. */
export function httpLimitsOf({ feedHost: host, feedPort: port }: FeedConfig): FeedHttpLimits {
  return { ...feedHttpLimits, ...pushLimits, host, port };
}
