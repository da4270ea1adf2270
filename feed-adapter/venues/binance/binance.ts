import { excerpt, type Fields, isFields, readJson } from '#feed-adapter/venues/fields.ts';
import { tellMapped } from '#feed-adapter/venues/mapped.ts';
import { chunksOf } from '#feed-adapter/venues/transport/chunks.ts';
import type { Conversation, Link, VenueDeps } from '#feed-adapter/venues/transport/conversation.ts';
import { type SocketLimits, socketLimitsOf } from '#feed-adapter/venues/transport/socket-limits.ts';
import { createSocketVenue } from '#feed-adapter/venues/transport/socket-venue.ts';
import type { LastNumbers, Venue, VenueSink } from '#feed-adapter/venues/venue.ts';
import { type VenueSymbol, VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { type BinanceMapper, createBinanceMapper } from './binance-mapper.ts';
import { Subscriber } from './binance-subscriber.ts';

/** `trade`: each trade; `aggTrade`: trades of one taker order together; `bookTicker`: both sides. */
export const binanceChannels = ['trade', 'aggTrade', 'bookTicker'] as const;

/** A stream of one symbol at Binance. */
export type BinanceChannel = (typeof binanceChannels)[number];

/** Binance spot. https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams */
export interface BinanceOptions {
  /** Venue names in upper case as in the data, e.g. `BTCUSDT`; at least one. */
  readonly symbols: readonly VenueSymbol[];
  /** Default `['aggTrade', 'bookTicker']`. Not both `trade` and `aggTrade`: they bring the same trades. */
  readonly channels?: readonly BinanceChannel[];
  /** Default `binanceUrl`; a `/ws` URL (raw, not combined messages) does as well. */
  readonly url?: string;
  readonly limits?: Partial<SocketLimits>;
}

/** Combined streams of the spot market. */
export const binanceUrl = 'wss://stream.binance.com:9443/stream';

/**
 * Quiet symbols bring nothing for minutes, but the venue pings every 20 seconds, and we ping as well.
 * Once a day it ends each connection, which is an ordinary reconnect.
 */
export const binanceLimits: Partial<SocketLimits> = { staleMs: 60_000, pingAfterMs: 15_000 };

/** Binance's bound; more streams are spread over several connections. */
const streamsPerConnectionMax = 1024;

/** @throws RangeError for an option out of its range */
export function createBinanceVenue(options: BinanceOptions, deps: VenueDeps): Venue {
  const channels = channelsOf(options.channels);
  const symbols = new VenueSymbols(options.symbols);
  const url = options.url ?? binanceUrl;
  const limits = socketLimitsOf(binanceLimits, options.limits);
  const streams = symbols.theirs.flatMap((name) =>
    channels.map((channel) => `${name.toLowerCase()}@${channel}`),
  );
  const lines = (sink: VenueSink, last?: LastNumbers) => {
    const mapper = createBinanceMapper(symbols, sink.gap, last);
    return chunksOf(streams, streamsPerConnectionMax).map(
      (part) => (link: Link) => converse(link, new Subscriber(part, link, deps.clock), mapper, sink),
    );
  };
  return createSocketVenue({ symbols, url, limits, lines, losses: 'numbered' }, deps);
}

function channelsOf(wanted: readonly BinanceChannel[] = ['aggTrade', 'bookTicker']): BinanceChannel[] {
  const channels = [...new Set(wanted)];
  if (channels.length === 0) throw new RangeError('binance needs at least one channel');
  if (channels.includes('trade') && channels.includes('aggTrade'))
    throw new RangeError('binance: trade and aggTrade bring the same trades twice; choose one of them');
  return channels;
}

function converse(link: Link, subscriber: Subscriber, mapper: BinanceMapper, sink: VenueSink): Conversation {
  subscriber.start();

  function handle(message: Fields): void {
    const problem = problemOf(message);
    const data = isFields(message.data) ? message.data : message;
    if (problem !== undefined) {
      sink.rejected('venue_error');
      link.fail(problem, subscriber.done ? 'soon' : 'slow');
    } else if ('result' in message) subscriber.answered(message.id);
    else if (data.e === 'serverShutdown') link.fail('binance: the server is going down', 'soon');
    else tellMapped(mapper.map(data), sink);
  }

  return {
    message(text) {
      const json = readJson(text);
      if (json.ok && isFields(json.value)) handle(json.value);
      else sink.rejected('malformed');
    },
    ended: () => subscriber.stop(),
  };
}

/** Errors come as `{"code":2,"msg":…}` or as `{"error":{"code":2,"msg":…}}`. */
function problemOf(message: Fields): string | undefined {
  const error = isFields(message.error) ? message.error : message;
  return error.code === undefined || error.msg === undefined ? undefined : `binance: ${excerpt(error.msg)}`;
}
