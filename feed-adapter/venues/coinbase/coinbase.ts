import { excerpt, type Fields, isFields, readJson } from '#feed-adapter/venues/fields.ts';
import { tellMapped } from '#feed-adapter/venues/mapped.ts';
import type { Conversation, Link, VenueDeps } from '#feed-adapter/venues/transport/conversation.ts';
import { type SocketLimits, socketLimitsOf } from '#feed-adapter/venues/transport/socket-limits.ts';
import { createSocketVenue } from '#feed-adapter/venues/transport/socket-venue.ts';
import type { LastNumbers, Venue, VenueSink } from '#feed-adapter/venues/venue.ts';
import { type VenueSymbol, VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { type CoinbaseMapper, createCoinbaseMapper } from './coinbase-mapper.ts';

/** Coinbase Exchange's public market data. https://docs.cdp.coinbase.com/exchange/websocket-feed/overview */
export interface CoinbaseOptions {
  /** Products, e.g. `BTC-USD`; at least one. */
  readonly symbols: readonly VenueSymbol[];
  /** Default `coinbaseUrl`. */
  readonly url?: string;
  readonly limits?: Partial<SocketLimits>;
}

/** The public feed of the exchange. */
export const coinbaseUrl = 'wss://ws-feed.exchange.coinbase.com';

/**
 * Each product has a heartbeat a second, so only messages count as heard: a connection that answers
 * pings but brings no heartbeat has lost its subscription.
 */
export const coinbaseLimits: Partial<SocketLimits> = { staleMs: 10_000, pingAfterMs: 0 };

const channels = ['ticker', 'matches', 'heartbeat'] as const;

/** @throws RangeError for an option out of its range */
export function createCoinbaseVenue(options: CoinbaseOptions, deps: VenueDeps): Venue {
  const symbols = new VenueSymbols(options.symbols);
  const url = options.url ?? coinbaseUrl;
  const limits = socketLimitsOf(coinbaseLimits, options.limits);
  const lines = (sink: VenueSink, last?: LastNumbers) => {
    const mapper = createCoinbaseMapper(symbols, sink.gap, last);
    return [(link: Link) => converse(link, symbols.theirs, mapper, sink)];
  };
  return createSocketVenue({ symbols, url, limits, lines, losses: 'numbered' }, deps);
}

/** Coinbase hangs up on a client that has not subscribed within 5 seconds. */
function converse(
  link: Link,
  products: readonly string[],
  mapper: CoinbaseMapper,
  sink: VenueSink,
): Conversation {
  let live = false;
  link.send({ type: 'subscribe', product_ids: products, channels });

  function handle(message: Fields): void {
    if (message.type === 'subscriptions') {
      live ||= isComplete(message, products);
      if (live) link.live();
    } else if (message.type === 'error') {
      sink.rejected('venue_error');
      // An unknown product refuses the whole subscription, and would do so again; later errors are
      // about this connection (e.g. that we read too slowly).
      link.fail(problemOf(message), live ? 'soon' : 'slow');
    } else tellMapped(mapper.map(message), sink);
  }

  return {
    message(text) {
      const json = readJson(text);
      if (json.ok && isFields(json.value)) handle(json.value);
      else sink.rejected('malformed');
    },
  };
}

/** Whether every product is listed under every channel; until then another list may follow. */
function isComplete(message: Fields, products: readonly string[]): boolean {
  const listed = Array.isArray(message.channels) ? message.channels.filter(isFields) : [];
  return channels.every((name) => {
    const ids = listed.find((channel) => channel.name === name)?.product_ids;
    const known = new Set(Array.isArray(ids) ? ids : []);
    return products.every((product) => known.has(product));
  });
}

function problemOf(message: Fields): string {
  const reason = message.reason === undefined ? '' : ` (${excerpt(message.reason)})`;
  return `coinbase: ${excerpt(message.message)}${reason}`;
}
