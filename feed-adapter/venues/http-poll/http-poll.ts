import { tellMapped } from '#feed-adapter/venues/mapped.ts';
import type { VenueDeps } from '#feed-adapter/venues/transport/conversation.ts';
import { type Answer, requestJson } from '#feed-adapter/venues/transport/http-request.ts';
import { PollHealth } from '#feed-adapter/venues/transport/poll-health.ts';
import { Poller } from '#feed-adapter/venues/transport/poller.ts';
import { RequestRate } from '#feed-adapter/venues/transport/request-rate.ts';
import type { Venue, VenueSink } from '#feed-adapter/venues/venue.ts';
import { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { createHttpPollMapper, type HttpPollMapper } from './http-poll-mapper.ts';
import {
  asksPerSymbol,
  type HttpPollOptions,
  type HttpPollSettings,
  httpPollSettings,
} from './http-poll-options.ts';

/** What polls are made with. */
export interface HttpPollDeps extends VenueDeps {
  /** The global `fetch`, or a stand-in of a test. */
  readonly fetch: typeof globalThis.fetch;
}

/** What one request asks for: one symbol, or (undefined) all of them. */
type Target = StockSymbol | undefined;

/**
 * Asks a JSON source for prices, again and again: each symbol at its own moment of the interval, never
 * twice at a time, and later after errors.
 * @throws RangeError for an option out of its range
 */
export function createHttpPollVenue(options: HttpPollOptions, deps: HttpPollDeps): Venue {
  const settings = httpPollSettings(options);
  const symbols = new VenueSymbols(settings.symbols);
  const aborter = new AbortController();
  let pollers: readonly Poller[] = [];
  return {
    symbols: symbols.ours,
    start(sink) {
      pollers = pollersOf(settings, symbols, deps, sink, aborter.signal);
      sink.state('connecting');
      pollers.forEach((poller, index) => {
        poller.start((settings.intervalMs / pollers.length) * index);
      });
    },
    async stop() {
      aborter.abort();
      await Promise.all(pollers.map((poller) => poller.stop()));
    },
  };
}

function pollersOf(
  settings: HttpPollSettings,
  symbols: VenueSymbols,
  deps: HttpPollDeps,
  sink: VenueSink,
  signal: AbortSignal,
): Poller[] {
  const mapper = createHttpPollMapper(settings, symbols);
  const rate = new RequestRate(settings.requestsPerSecondMax, deps.clock);
  const targets: readonly Target[] = asksPerSymbol(settings) ? symbols.ours : [undefined];
  const health = new PollHealth(targets.length, sink);
  return targets.map((target, index) => {
    const parts = requestParts(settings, symbols.theirs[index] ?? '', signal);
    const poll = async (): Promise<Answer> => {
      const answer = await requestJson(deps.fetch, { ...parts, now: deps.clock.now() });
      if (signal.aborted) return answer; // nothing reaches the sink after the stop
      tellAnswer(answer, target, mapper, sink);
      health.polled(index, answer);
      return answer;
    };
    return new Poller(poll, rate, deps, settings);
  });
}

function requestParts(settings: HttpPollSettings, theirs: string, signal: AbortSignal) {
  const { urlTemplate, headerName, headerValue, timeoutMs, bodyMaxBytes } = settings;
  const headers: Record<string, string> =
    headerName === undefined || headerValue === undefined ? {} : { [headerName]: headerValue };
  const url = urlTemplate.replaceAll('{symbol}', () => encodeURIComponent(theirs));
  return { url, headers, timeoutMs, bodyMaxBytes, signal };
}

function tellAnswer(answer: Answer, target: Target, mapper: HttpPollMapper, sink: VenueSink): void {
  if (answer.outcome === 'malformed') sink.rejected('malformed');
  else if (answer.outcome === 'failed') sink.rejected('venue_error');
  else if (target === undefined) for (const mapped of mapper.all(answer.value)) tellMapped(mapped, sink);
  else tellMapped(mapper.one(target, answer.value), sink);
}
