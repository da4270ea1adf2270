import { type ConfigKey, choiceKey, flagKey, integerKey, listKey, textKey } from '#runtime/config/config.ts';

/** `AAPL`, or `BTC-USD@BTCUSD` where the venue has another name for it. */
const symbolEntry = /^[A-Za-z0-9][A-Za-z0-9.\-_/:=^+]{0,31}(@[^\s,@]{1,64})?$/;

/** A list of symbols; where the venue has names of its own, these follow after an `@`. */
function symbolsKey(env: string, about: string): ConfigKey<readonly string[]> {
  const range = "symbols with commas between, each as ours or ours@venue's, e.g. BTC-USDT@BTCUSDT";
  return listKey(env, { fallback: [], entry: symbolEntry, range, about });
}

function socketUrlKey(env: string, venue: string): ConfigKey<string> {
  const about = `Another address of ${venue}; by default its public one`;
  return textKey(env, { fallback: '', pattern: /^wss?:\/\/\S+$/, range: 'a ws:// or wss:// URL', about });
}

function pathKey(env: string, about: string): ConfigKey<string> {
  return textKey(env, { fallback: '', range: 'a path such as data.quotes[0].last', about });
}

function secretKey(env: string, about: string): ConfigKey<string> {
  return textKey(env, { fallback: '', range: 'text', about, secret: true });
}

const simulatedKeys = {
  simulatedSymbols: integerKey('TICKWIRE_SIMULATED_SYMBOLS', {
    ...{ fallback: 100, min: 1, max: 100_000, unit: 'symbols' },
    about: 'Symbols of the simulated venue',
  }),
  simulatedRate: integerKey('TICKWIRE_SIMULATED_RATE', {
    ...{ fallback: 200, min: 1, max: 200_000, unit: 'ticks per second' },
    about: 'Ticks of all simulated symbols together',
  }),
  simulatedSeed: integerKey('TICKWIRE_SIMULATED_SEED', {
    ...{ fallback: 1, min: 0, max: Number.MAX_SAFE_INTEGER, unit: 'no unit' },
    about: 'The same seed gives the same prices',
  }),
  simulatedArrivals: choiceKey('TICKWIRE_SIMULATED_ARRIVALS', ['random', 'steady'], {
    fallback: 'random',
    about: 'random = in bursts, as in a market; steady = evenly and as fast as published, for load',
  }),
};

const fileKeys = {
  filePath: textKey('TICKWIRE_FILE_PATH', {
    fallback: '',
    range: 'a path that ends in .csv, .jsonl or .ndjson, or one of them and .gz',
    about: 'Recorded trades and quotes that are replayed',
  }),
  filePace: textKey('TICKWIRE_FILE_PACE', {
    fallback: 'realtime',
    pattern: /^(realtime|asap|\d{1,7}(\.\d{1,3})?)$/,
    range: 'realtime, asap, or how many times faster than it happened (0.001 to 1000000)',
    about: 'How fast the file is replayed',
  }),
  fileLoop: flagKey('TICKWIRE_FILE_LOOP', {
    fallback: false,
    about: 'Begin again at the end of the file; what is repeated is flagged simulated',
  }),
  fileTimeUnit: choiceKey('TICKWIRE_FILE_TIME_UNIT', ['auto', 's', 'ms', 'us', 'ns'], {
    fallback: 'auto',
    about: "Unit of the file's times where they are numbers; auto = by their size",
  }),
  fileColumns: listKey('TICKWIRE_FILE_COLUMNS', {
    fallback: [],
    entry: /^(symbol|time|price|size|bid|ask|volume|tradeId|conditions|suspicious)=.+$/,
    range: 'field=column with commas between, e.g. price=Last,time=When',
    about: "The file's own column names, where they are not the usual ones",
  }),
};

const socketKeys = {
  coinbaseProducts: symbolsKey('TICKWIRE_COINBASE_PRODUCTS', 'Products read from Coinbase'),
  coinbaseUrl: socketUrlKey('TICKWIRE_COINBASE_URL', 'Coinbase'),
  binanceSymbols: symbolsKey('TICKWIRE_BINANCE_SYMBOLS', 'Symbols read from Binance'),
  binanceUrl: socketUrlKey('TICKWIRE_BINANCE_URL', 'Binance'),
  binanceChannels: listKey('TICKWIRE_BINANCE_CHANNELS', {
    fallback: ['aggTrade', 'bookTicker'],
    entry: /^(trade|aggTrade|bookTicker)$/,
    range: 'trade or aggTrade, and bookTicker, with commas between',
    about: 'What is read of each Binance symbol',
  }),
  alpacaSymbols: symbolsKey('TICKWIRE_ALPACA_SYMBOLS', 'Symbols read from Alpaca'),
  alpacaUrl: socketUrlKey('TICKWIRE_ALPACA_URL', 'Alpaca'),
  alpacaKey: secretKey('TICKWIRE_ALPACA_KEY', 'Key of the Alpaca account'),
  alpacaSecret: secretKey('TICKWIRE_ALPACA_SECRET', 'Secret of the Alpaca account'),
};

const httpPollKeys = {
  httpPollSymbols: symbolsKey('TICKWIRE_HTTP_POLL_SYMBOLS', 'Symbols asked for'),
  httpPollUrl: secretKey(
    'TICKWIRE_HTTP_POLL_URL',
    'What is asked, http:// or https://; with {symbol} once per symbol, else once for all',
  ),
  httpPollHeaderName: textKey('TICKWIRE_HTTP_POLL_HEADER_NAME', {
    fallback: '',
    range: 'the name of an HTTP header',
    about: 'Header that carries an API key',
  }),
  httpPollHeaderValue: secretKey('TICKWIRE_HTTP_POLL_HEADER_VALUE', 'Value of that header'),
  httpPollIntervalMs: integerKey('TICKWIRE_HTTP_POLL_INTERVAL_MS', {
    ...{ fallback: 5000, min: 100, max: 86_400_000, unit: 'ms' },
    about: 'From one request for a symbol to the next',
  }),
  httpPollRate: integerKey('TICKWIRE_HTTP_POLL_RATE', {
    ...{ fallback: 5, min: 1, max: 1000, unit: 'requests per second' },
    about: 'Requests for all symbols together',
  }),
  httpPollItemsPath: pathKey('TICKWIRE_HTTP_POLL_ITEMS_PATH', 'Where the list of items is in the answer'),
  httpPollSymbolPath: pathKey('TICKWIRE_HTTP_POLL_SYMBOL_PATH', "Where an item's symbol is"),
  httpPollPricePath: pathKey('TICKWIRE_HTTP_POLL_PRICE_PATH', "Where an item's price is"),
  httpPollTimePath: pathKey('TICKWIRE_HTTP_POLL_TIME_PATH', "Where an item's time is"),
  httpPollTimeUnit: choiceKey('TICKWIRE_HTTP_POLL_TIME_UNIT', ['ms', 's', 'ns', 'iso'], {
    fallback: 'ms',
    about: 'How that time is written: Unix time in this unit, or ISO 8601',
  }),
  httpPollSizePath: pathKey('TICKWIRE_HTTP_POLL_SIZE_PATH', "Where an item's size is"),
  httpPollBidPath: pathKey('TICKWIRE_HTTP_POLL_BID_PATH', "Where an item's bid is"),
  httpPollAskPath: pathKey('TICKWIRE_HTTP_POLL_ASK_PATH', "Where an item's ask is"),
  httpPollVolumePath: pathKey('TICKWIRE_HTTP_POLL_VOLUME_PATH', "Where an item's volume is"),
};

/** Environment of the venues: each reads its own keys only. */
export const venueKeys = { ...simulatedKeys, ...fileKeys, ...socketKeys, ...httpPollKeys };
