import { type ConfigOf, integerKey, listKey, textKey } from '#runtime/config/config.ts';
import { venueKeys } from './venue-keys.ts';

/** Environment of the feed adapter. */
export const feedKeys = {
  venues: listKey('TICKWIRE_VENUES', {
    fallback: ['simulated'],
    entry: /^(simulated|file|coinbase|binance|alpaca|http-poll|push)(:[a-z0-9-]{1,32})?$/,
    range:
      'venues with commas between: simulated, file, coinbase, binance, alpaca, http-poll, push; ' +
      'a label makes another source of a venue, e.g. coinbase:eu',
    about: 'Where ticks come from; a source that several processes name is read by one of them',
  }),
  feedHost: textKey('TICKWIRE_FEED_HOST', {
    fallback: '127.0.0.1',
    pattern: /^[0-9a-zA-Z.:-]+$/,
    range: 'an IP address or host name',
    about: 'Address on which ticks are pushed and the sources are listed',
  }),
  feedPort: integerKey('TICKWIRE_FEED_PORT', {
    fallback: 8082,
    min: 0,
    max: 65_535,
    unit: 'port',
    about: 'Port on which ticks are pushed and the sources are listed; 0 = any free one',
  }),
  pushToken: textKey('TICKWIRE_PUSH_TOKEN', {
    fallback: '',
    pattern: /^[\x21-\x7e]{16,256}$/,
    range: '16 to 256 visible ASCII characters',
    about: 'Token of those who push ticks; needed when TICKWIRE_VENUES names push',
    secret: true,
  }),
  pushSymbols: listKey('TICKWIRE_PUSH_SYMBOLS', {
    fallback: [],
    entry: /^[A-Za-z0-9][A-Za-z0-9.\-_/:=^+]{0,31}$/,
    range: 'symbols with commas between',
    about: 'Symbols that may be pushed; needed when TICKWIRE_VENUES names push',
  }),
  queueTicksMax: integerKey('TICKWIRE_QUEUE_TICKS', {
    fallback: 400_000,
    min: 1000,
    max: 10_000_000,
    unit: 'ticks',
    about: 'Ticks of a source that wait while Redis is away, before older ones are dropped',
  }),
  batchTicksMax: integerKey('TICKWIRE_BATCH_TICKS', {
    fallback: 500,
    min: 1,
    max: 5000,
    unit: 'ticks',
    about: 'Ticks that are published in one step',
  }),
  lingerMs: integerKey('TICKWIRE_LINGER_MS', {
    fallback: 5,
    min: 0,
    max: 1000,
    unit: 'ms',
    about: 'How long the first tick of a batch waits for others; more = less CPU, later ticks',
  }),
  conflateMs: integerKey('TICKWIRE_CONFLATE_MS', {
    fallback: 0,
    min: 0,
    max: 60_000,
    unit: 'ms',
    about:
      'Of each symbol at most one tick in so long is published, the newest with high and low; 0 = every tick. ' +
      'Less load on Redis and every hub, but clients can not ask for more',
  }),
  lateMs: integerKey('TICKWIRE_LATE_MS', {
    fallback: 0,
    min: 0,
    max: 86_400_000,
    unit: 'ms',
    about: 'Ticks older than this on arrival are flagged late; 0 = none, as many venues have poor clocks',
  }),
  unconfirmedMaxMs: integerKey('TICKWIRE_UNCONFIRMED_MS', {
    fallback: 60_000,
    min: 0,
    max: 3_600_000,
    unit: 'ms',
    about: 'How long a venue is read on while Redis is away and the lease can not be renewed',
  }),
  ...venueKeys,
};

/** What was read of the settings of a feed adapter. */
export type FeedConfig = ConfigOf<typeof feedKeys>;
