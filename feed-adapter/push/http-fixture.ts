import type { TestContext } from 'node:test';
import type { SourceStatus } from '#fanout/ports.ts';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { noMetrics, noon, symbolsOf } from '#feed-adapter/fixtures.ts';
import { createNormaliser, normaliserLimits } from '#feed-adapter/normalise/normaliser.ts';
import type { Receipt } from '#feed-adapter/normalise/pending-tick.ts';
import type { TickInput } from '#feed-adapter/source-definition.ts';
import type { VenueTick } from '#feed-adapter/venues/venue.ts';
import { createKnownHosts } from '#runtime/http/known-hosts.ts';
import { createLogger } from '#runtime/logger.ts';
import {
  createFeedHttpServer,
  type FeedHttpDeps,
  type FeedHttpLimits,
  feedHttpLimits,
} from './http-server.ts';
import { pushLimits } from './push-endpoint.ts';
import { createPushReceiver } from './push-venue.ts';

/** For tests: the bearer token of those who may push. */
export const token = 'a-token-of-the-test';

/**
 * A server whose push source leads, with a real normaliser and `room` places in its queue. What it takes is published at once,
 * unless it is `held`: then the test says what becomes of it, by `receipts`.
 */
export async function serve(
  t: TestContext,
  over: { deps?: Partial<FeedHttpDeps>; limits?: Partial<FeedHttpLimits>; room?: number; held?: true } = {},
) {
  const symbols = symbolsOf('AAPL', 'TSLA');
  const clock = new FakeClock(noon);
  const normaliser = createNormaliser(
    { source: 'push', clock, known: new Set(symbols), metrics: noMetrics },
    normaliserLimits,
  );
  const accepted: VenueTick[] = [];
  const receipts: Receipt[] = [];
  const input: TickInput = {
    room: () => (over.room ?? 1000) - accepted.length,
    accept(message, receipt) {
      const outcome = normaliser.accept(message);
      if (typeof outcome === 'string') return outcome;
      const seq = accepted.push(message) - 1;
      if (receipt !== undefined) receipts.push(receipt);
      if (!over.held) receipt?.published({ epoch: noon, seq });
      return 'queued';
    },
  };
  const pushReceiver = createPushReceiver(symbols);
  const venue = pushReceiver.createVenue(input);
  const ignore = (): undefined => undefined;
  venue.start({ tick: ignore, rejected: ignore, gap: ignore, state: ignore });
  const deps: FeedHttpDeps = {
    push: { pushReceiver, token, clock },
    sources: async (): Promise<readonly SourceStatus[]> => [],
    problem: () => undefined,
    knownHost: createKnownHosts([]),
    log: createLogger('test', 'silent'),
    ...over.deps,
  };
  const limits = { ...feedHttpLimits, ...pushLimits, host: '127.0.0.1', port: 0, ...over.limits };
  const server = await createFeedHttpServer(deps, limits);
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  return { url, port: server.port, accepted, receipts, clock, venue, server };
}

/** For tests: the headers of a push that is let in. */
export const authorised = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };

/** Pushes `body` and reads the answer. */
export async function push(url: string, body: BodyInit, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body, headers: { ...authorised, ...headers } };
  const response = await fetch(`${url}/ticks`, init);
  const answer: unknown = await response.json();
  return { status: response.status, answer, headers: response.headers };
}
