import type { TestContext } from 'node:test';
import type { SourceStatus } from '#fanout/ports.ts';
import { createLogger } from '#runtime/logger.ts';
import { FakeClock } from './fake-clock.ts';
import { noMetrics, noon, symbolsOf } from './fixtures.ts';
import {
  createFeedHttpServer,
  type FeedHttpDeps,
  type FeedHttpLimits,
  feedHttpLimits,
} from './http-server.ts';
import { createIntake, intakeLimits } from './intake.ts';
import { pushLimits } from './push-endpoint.ts';
import type { Entrance } from './source-definition.ts';
import type { VenueTick } from './venue.ts';
import { createPushDoor } from './venues/push.ts';

export const token = 'a-token-of-the-test';

/** A server whose push source leads, with a real intake and `room` places in its queue. */
export async function serve(
  t: TestContext,
  over: { deps?: Partial<FeedHttpDeps>; limits?: Partial<FeedHttpLimits>; room?: number } = {},
) {
  const symbols = symbolsOf('AAPL', 'TSLA');
  const clock = new FakeClock(noon);
  const intake = createIntake(
    { source: 'push', clock, known: new Set(symbols), metrics: noMetrics },
    intakeLimits,
  );
  const accepted: VenueTick[] = [];
  const entrance: Entrance = {
    room: () => (over.room ?? 1000) - accepted.length,
    accept(message) {
      const outcome = intake.accept(message);
      if (typeof outcome === 'string') return outcome;
      accepted.push(message);
      return 'accepted';
    },
  };
  const door = createPushDoor(symbols);
  const venue = door.createVenue(entrance);
  const ignore = (): undefined => undefined;
  venue.start({ tick: ignore, rejected: ignore, gap: ignore, state: ignore });
  const deps: FeedHttpDeps = {
    push: { door, token },
    sources: async (): Promise<readonly SourceStatus[]> => [],
    problem: () => undefined,
    log: createLogger('test', 'silent'),
    ...over.deps,
  };
  const limits = { ...feedHttpLimits, ...pushLimits, host: '127.0.0.1', port: 0, ...over.limits };
  const server = await createFeedHttpServer(deps, limits);
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  return { url, port: server.port, accepted, venue, server };
}

export const authorised = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };

/** Pushes `body` and reads the answer. */
export async function push(url: string, body: BodyInit, headers: Record<string, string> = {}) {
  const init = { method: 'POST', body, headers: { ...authorised, ...headers } };
  const response = await fetch(`${url}/ticks`, init);
  const answer: unknown = await response.json();
  return { status: response.status, answer, headers: response.headers };
}
