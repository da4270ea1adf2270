import { type Fields, isFields, readJson } from '#feed-adapter/venues/fields.ts';
import { tellMapped } from '#feed-adapter/venues/mapped.ts';
import { chunksOf } from '#feed-adapter/venues/transport/chunks.ts';
import type { Conversation, Link, VenueDeps } from '#feed-adapter/venues/transport/conversation.ts';
import { type SocketLimits, socketLimitsOf } from '#feed-adapter/venues/transport/socket-limits.ts';
import { createSocketVenue } from '#feed-adapter/venues/transport/socket-venue.ts';
import type { Venue, VenueSink } from '#feed-adapter/venues/venue.ts';
import { type VenueSymbol, VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { alpacaErrorOf } from './alpaca-errors.ts';
import { mapAlpaca } from './alpaca-mapper.ts';

/** Alpaca's stock stream. https://docs.alpaca.markets/docs/real-time-stock-pricing-data */
export interface AlpacaOptions {
  /** e.g. `AAPL`; at least one. The free plan allows 30. */
  readonly symbols: readonly VenueSymbol[];
  readonly key: string;
  readonly secret: string;
  /** Default `alpacaUrl` (IEX); `…/v2/sip` for the whole market. */
  readonly url?: string;
  readonly limits?: Partial<SocketLimits>;
}

/** The feed of IEX, which free accounts have. */
export const alpacaUrl = 'wss://stream.data.alpaca.markets/v2/iex';

/** Nothing is sent outside trading hours, so only our own pings detect a dead connection. */
export const alpacaLimits: Partial<SocketLimits> = { staleMs: 30_000, pingAfterMs: 10_000 };

/** Symbols named in one message, in two lists: 500 keep it below 16 KB. */
const symbolsPerMessageMax = 500;

/** @throws RangeError for an option out of its range */
export function createAlpacaVenue(options: AlpacaOptions, deps: VenueDeps): Venue {
  if (options.key === '' || options.secret === '') throw new RangeError('alpaca needs a key and a secret');
  const symbols = new VenueSymbols(options.symbols);
  const url = options.url ?? alpacaUrl;
  const limits = socketLimitsOf(alpacaLimits, options.limits);
  const lines = (sink: VenueSink) => [(link: Link) => converse(link, options, symbols, sink)];
  return createSocketVenue({ symbols, url, limits, lines, losses: 'hidden' }, deps);
}

/** connected → auth → authenticated → subscribe → subscription; each frame is a list of messages. */
function converse(link: Link, login: AlpacaOptions, symbols: VenueSymbols, sink: VenueSink): Conversation {
  function handle(message: unknown): void {
    if (!isFields(message)) sink.rejected('malformed');
    else if (message.T === 'success') proceed(message.msg);
    else if (message.T === 'subscription') acknowledged(message);
    else if (message.T === 'error') refused(message.code, link, sink);
    else tellMapped(mapAlpaca(message, symbols), sink);
  }

  function proceed(step: unknown): void {
    if (step === 'connected') link.send({ action: 'auth', key: login.key, secret: login.secret });
    if (step !== 'authenticated') return;
    for (const names of chunksOf(symbols.theirs, symbolsPerMessageMax))
      link.send({ action: 'subscribe', trades: names, quotes: names });
  }

  function acknowledged(message: Fields): void {
    if (isComplete(message, symbols.theirs)) link.live();
  }

  return {
    message(text) {
      const json = readJson(text);
      if (json.ok && Array.isArray(json.value)) json.value.forEach(handle);
      else sink.rejected('malformed');
    },
  };
}

/** Whether the venue lists all that we subscribed to; it lists the whole subscription each time. */
function isComplete(message: Fields, wanted: readonly string[]): boolean {
  const trades = new Set(Array.isArray(message.trades) ? message.trades : []);
  const quotes = new Set(Array.isArray(message.quotes) ? message.quotes : []);
  return wanted.every((name) => trades.has(name) && quotes.has(name));
}

function refused(code: unknown, link: Link, sink: VenueSink): void {
  sink.rejected('venue_error');
  const { problem, retry } = alpacaErrorOf(code);
  link.fail(`alpaca: ${problem}`, retry);
}
