import type { VenueSymbol } from '#feed-adapter/venues/venue-symbols.ts';

/** How a time is written: Unix seconds, ms or ns (number or text), or RFC 3339. */
export const timeUnits = ['s', 'ms', 'ns', 'iso'] as const;

/** What a numeric time in an answer or a file counts. */
export type TimeUnit = (typeof timeUnits)[number];

/**
 * Where an answer's values stand: paths in the notation of `dot-prop`, e.g. `data.quote[0].last`; from
 * the item where there is an `itemsPath`, else from the whole answer.
 */
export interface HttpPollPaths {
  /**
   * The list of items, or an object with an item per venue symbol; empty = the answer itself. Where each
   * symbol has a request of its own, the first item is taken.
   */
  readonly itemsPath?: string;
  /** An item's symbol; needed where the items are a list. */
  readonly symbolPath?: string;
  readonly pricePath: string;
  readonly timePath?: string;
  /** Default `ms`. */
  readonly timeUnit?: TimeUnit;
  readonly sizePath?: string;
  readonly bidPath?: string;
  readonly askPath?: string;
  readonly volumePath?: string;
}

/** Any JSON price source that is asked again and again. */
export interface HttpPollOptions extends HttpPollPaths {
  readonly symbols: readonly VenueSymbol[];
  /**
   * `http:` or `https:`. With `{symbol}` it is asked once per symbol, under the venue's name for it;
   * without, once for all symbols, and `itemsPath` has to be given.
   */
  readonly urlTemplate: string;
  /** Name of a header that carries an API key, with `headerValue`. */
  readonly headerName?: string;
  readonly headerValue?: string;
  /** From one request for a symbol to the next, in ms. 100 … 86,400,000; default 5,000. */
  readonly intervalMs?: number;
  /** For the whole answer, in ms. 1 … 120,000; default 5,000. */
  readonly timeoutMs?: number;
  /** Over all symbols. 0.01 … 1,000; default 5. */
  readonly requestsPerSecondMax?: number;
  /** Bytes of one answer. 64 … 16,777,216; default 1 MiB. */
  readonly bodyMaxBytes?: number;
  /** Longest wait after errors and longest `Retry-After` that is believed, in ms. 1 … 86,400,000; default 600,000. */
  readonly backoffMaxMs?: number;
}

/** The options with every default filled in. */
export type HttpPollSettings = HttpPollOptions & Required<Pick<HttpPollOptions, Limit>>;

type Limit = 'intervalMs' | 'timeoutMs' | 'requestsPerSecondMax' | 'bodyMaxBytes' | 'backoffMaxMs';

/** Default, lowest and highest value of each limit. */
export const httpPollLimits: Readonly<Record<Limit, readonly [number, number, number]>> = {
  intervalMs: [5000, 100, 86_400_000],
  timeoutMs: [5000, 1, 120_000],
  requestsPerSecondMax: [5, 0.01, 1000],
  bodyMaxBytes: [1_048_576, 64, 16_777_216],
  backoffMaxMs: [600_000, 1, 86_400_000],
};

/** Whether each symbol has a request of its own. */
export function asksPerSymbol(options: Pick<HttpPollOptions, 'urlTemplate'>): boolean {
  return options.urlTemplate.includes('{symbol}');
}

/** @throws RangeError with what is wrong; the message holds neither the URL nor the key. */
export function httpPollSettings(options: HttpPollOptions): HttpPollSettings {
  requireUrl(options);
  requireHeader(options);
  const settings: HttpPollSettings = {
    ...options,
    intervalMs: limitOf('intervalMs', options),
    timeoutMs: limitOf('timeoutMs', options),
    requestsPerSecondMax: limitOf('requestsPerSecondMax', options),
    bodyMaxBytes: limitOf('bodyMaxBytes', options),
    backoffMaxMs: limitOf('backoffMaxMs', options),
  };
  requirePace(settings);
  return settings;
}

function limitOf(name: Limit, options: HttpPollOptions): number {
  const [fallback, least, most] = httpPollLimits[name];
  const value = options[name] ?? fallback;
  if (value >= least && value <= most) return value;
  throw new RangeError(`http-poll: ${name} is ${value}, but must be from ${least} to ${most}`);
}

function requireUrl(options: HttpPollOptions): void {
  const example = options.urlTemplate.replaceAll('{symbol}', 'X');
  const protocol = URL.canParse(example) ? new URL(example).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new RangeError('http-poll: urlTemplate must begin with http:// or https://');
  if (!asksPerSymbol(options) && options.itemsPath === undefined)
    throw new RangeError(
      'http-poll: without {symbol} in urlTemplate, itemsPath must say where the items are',
    );
}

function requireHeader({ headerName, headerValue }: HttpPollOptions): void {
  if ((headerName === undefined) !== (headerValue === undefined))
    throw new RangeError('http-poll: headerName and headerValue belong together');
  try {
    if (headerName !== undefined && headerValue !== undefined) new Headers([[headerName, headerValue]]);
  } catch {
    // Without the cause, whose message repeats the value: it is a key.
    throw new RangeError('http-poll: headerName and headerValue can not be sent as a header');
  }
}

function requirePace(settings: HttpPollSettings): void {
  const requests = asksPerSymbol(settings) ? settings.symbols.length : 1;
  const leastMs = Math.ceil((requests * 1000) / settings.requestsPerSecondMax);
  if (settings.intervalMs < leastMs)
    throw new RangeError(
      `http-poll: ${requests} requests each ${settings.intervalMs} ms are more than ` +
        `${settings.requestsPerSecondMax} per second; intervalMs must be ${leastMs} or more`,
    );
}
