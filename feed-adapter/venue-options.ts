import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import type { FeedConfig } from './config.ts';
import type { AlpacaOptions } from './venues/alpaca/alpaca.ts';
import { type BinanceOptions, binanceChannels } from './venues/binance/binance.ts';
import type { CoinbaseOptions } from './venues/coinbase/coinbase.ts';
import type { FilePace } from './venues/file/file-pace.ts';
import type { FileFormatOptions } from './venues/file/file-rows.ts';
import type { HttpPollOptions } from './venues/http-poll/http-poll-options.ts';
import type { SimulatedOptions } from './venues/simulated/simulated.ts';
import type { VenueSymbol } from './venues/venue-symbols.ts';

/** The environment's flat keys as each venue's own options; an empty text is an option left out. */
export function simulatedOptions(config: FeedConfig): SimulatedOptions {
  const { simulatedSymbols: symbols, simulatedRate: ticksPerSecond, simulatedSeed: seed } = config;
  return { symbols, ticksPerSecond, seed, arrivals: config.simulatedArrivals };
}

/** The settings of Coinbase, as its venue takes them. */
export function coinbaseOptions({ coinbaseProducts, coinbaseUrl: url }: FeedConfig): CoinbaseOptions {
  return { symbols: venueSymbolsOf(coinbaseProducts), ...given({ url }) };
}

/** The settings of Binance, as its venue takes them. */
export function binanceOptions(config: FeedConfig): BinanceOptions {
  const { binanceSymbols, binanceUrl: url, binanceChannels: names } = config;
  const channels = binanceChannels.filter((channel) => names.includes(channel));
  return { symbols: venueSymbolsOf(binanceSymbols), channels, ...given({ url }) };
}

/** The settings of Alpaca, as its venue takes them. */
export function alpacaOptions(config: FeedConfig): AlpacaOptions {
  const { alpacaSymbols, alpacaKey: key, alpacaSecret: secret, alpacaUrl: url } = config;
  return { symbols: venueSymbolsOf(alpacaSymbols), key, secret, ...given({ url }) };
}

/** The settings of polling by HTTP, as its venue takes them. */
export function httpPollOptions(config: FeedConfig): HttpPollOptions {
  return {
    symbols: venueSymbolsOf(config.httpPollSymbols),
    urlTemplate: config.httpPollUrl,
    pricePath: config.httpPollPricePath,
    timeUnit: config.httpPollTimeUnit,
    intervalMs: config.httpPollIntervalMs,
    requestsPerSecondMax: config.httpPollRate,
    ...given({
      headerName: config.httpPollHeaderName,
      headerValue: config.httpPollHeaderValue,
      itemsPath: config.httpPollItemsPath,
      symbolPath: config.httpPollSymbolPath,
      timePath: config.httpPollTimePath,
      sizePath: config.httpPollSizePath,
      bidPath: config.httpPollBidPath,
      askPath: config.httpPollAskPath,
      volumePath: config.httpPollVolumePath,
    }),
  };
}

/** How the configured file is read. */
export function fileFormatOptions({
  filePath: path,
  fileTimeUnit,
  fileColumns,
}: FeedConfig): FileFormatOptions {
  const columns = Object.fromEntries(fileColumns.map(splitAtFirst('=')));
  return { path, columns, ...(fileTimeUnit !== 'auto' && { timeUnit: fileTimeUnit }) };
}

/** How fast the configured file is played: a word, or a factor. */
export function filePace({ filePace: pace }: FeedConfig): FilePace {
  return pace === 'realtime' || pace === 'asap' ? pace : Number(pace);
}

/** Those of `names` that are symbols; the key's pattern lets nothing else through. */
export function symbolsIn(names: readonly string[]): readonly StockSymbol[] {
  return names.flatMap((name) => parseSymbol(name) ?? []);
}

/** `BTC-USDT@BTCUSDT` → our name and the venue's. */
function venueSymbolsOf(entries: readonly string[]): readonly VenueSymbol[] {
  return entries
    .map(splitAtFirst('@'))
    .flatMap(([ours, venueSymbol]) =>
      symbolsIn([ours]).map((symbol) => ({ symbol, ...given({ venueSymbol }) })),
    );
}

function splitAtFirst(separator: string): (text: string) => [string, string] {
  return (text) => {
    const [first = '', ...rest] = text.split(separator);
    return [first, rest.join(separator)];
  };
}

function given<Name extends string>(texts: Readonly<Record<Name, string>>): Partial<Record<Name, string>> {
  const present = Object.entries(texts).filter(([, text]) => text !== '');
  return Object.fromEntries(present) as Partial<Record<Name, string>>;
}
