import { ConfigError } from '#runtime/config/config.ts';
import type { UnusedKey } from '#runtime/config/unused-keys.ts';
import type { Clock } from './clock.ts';
import { type FeedConfig, feedKeys } from './config.ts';
import type { PushReceiver } from './push/push-venue.ts';
import type { SourceDefinition, TickInput } from './source-definition.ts';
import {
  alpacaOptions,
  binanceOptions,
  coinbaseOptions,
  fileFormatOptions,
  filePace,
  httpPollOptions,
  simulatedOptions,
} from './venue-options.ts';
import { createAlpacaVenue } from './venues/alpaca/alpaca.ts';
import { createBinanceVenue } from './venues/binance/binance.ts';
import { createCoinbaseVenue } from './venues/coinbase/coinbase.ts';
import { createFileVenue } from './venues/file/file.ts';
import { FileError } from './venues/file/file-rows.ts';
import { scanFileSymbols, scanLimits } from './venues/file/scan-file-symbols.ts';
import { createHttpPollVenue } from './venues/http-poll/http-poll.ts';
import { createSimulatedVenue } from './venues/simulated/simulated.ts';
import type { Venue } from './venues/venue.ts';

/** What venues are made with. */
export interface RegistryDeps {
  readonly clock: Clock;
  /** Evenly from 0 to below 1. */
  readonly random: () => number;
  readonly fetch: typeof globalThis.fetch;
  readonly pushReceiver: PushReceiver;
}

type CreateVenue = SourceDefinition['createVenue'];

/** A venue of the registry: what it can not do without, and how it is made ready to be created. */
interface Entry {
  readonly needs: readonly (keyof FeedConfig)[];
  readonly prepare: (config: FeedConfig, deps: RegistryDeps) => CreateVenue | Promise<CreateVenue>;
}

/** Every venue, by the name that `TICKWIRE_VENUES` calls it. A new one is added here and in `config.ts`. */
const entries: Readonly<Record<string, Entry>> = {
  simulated: {
    needs: [],
    prepare:
      (config, { clock }) =>
      ({ room }) =>
        createSimulatedVenue(simulatedOptions(config), { clock, room }),
  },
  file: { needs: ['filePath'], prepare: prepareFile },
  coinbase: {
    needs: ['coinbaseProducts'],
    prepare: (config, deps) => () => createCoinbaseVenue(coinbaseOptions(config), deps),
  },
  binance: {
    needs: ['binanceSymbols'],
    prepare: (config, deps) => () => createBinanceVenue(binanceOptions(config), deps),
  },
  alpaca: {
    needs: ['alpacaSymbols', 'alpacaKey', 'alpacaSecret'],
    prepare: (config, deps) => () => createAlpacaVenue(alpacaOptions(config), deps),
  },
  'http-poll': {
    needs: ['httpPollSymbols', 'httpPollUrl', 'httpPollPricePath'],
    prepare: (config, deps) => () => createHttpPollVenue(httpPollOptions(config), deps),
  },
  push: { needs: ['pushSymbols', 'pushToken'], prepare: (_, { pushReceiver }) => pushReceiver.createVenue },
};

/**
 * The sources that the configuration names.
 * @throws ConfigError with everything that a named venue lacks, or that it refuses
 */
export async function readSourceDefinitions(
  config: FeedConfig,
  deps: RegistryDeps,
): Promise<readonly SourceDefinition[]> {
  const problems = [
    ...new Set([...repeated(config), ...config.venues.flatMap((source) => missing(source, config))]),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
  return Promise.all(config.venues.map((source) => define(source, config, deps)));
}

/** Whether ticks can be pushed to a process of this configuration. */
export function namesPush({ venues }: FeedConfig): boolean {
  return venues.some((source) => nameOf(source) === 'push');
}

/** Keys of venues that are set while no source of that venue is read. */
export function unusedVenueKeys(
  { venues }: FeedConfig,
  env: Readonly<Record<string, string | undefined>>,
): readonly UnusedKey[] {
  const used = new Set(venues.map(nameOf));
  return Object.keys(entries).flatMap((name) => {
    if (used.has(name)) return [];
    const prefix = `TICKWIRE_${name.toUpperCase().replace('-', '_')}_`;
    const set = Object.values(feedKeys).filter((key) => key.env.startsWith(prefix) && env[key.env]);
    return set.map((key) => ({ env: key.env, why: `TICKWIRE_VENUES does not name ${name}` }));
  });
}

async function define(source: string, config: FeedConfig, deps: RegistryDeps): Promise<SourceDefinition> {
  const createVenue = await explained(source, async () => entryOf(source).prepare(config, deps));
  await explained(source, async () => createVenue(closedInput)); // refuses bad options now, not later
  return { source, createVenue };
}

const closedInput: TickInput = { accept: () => 'closed', room: () => 0 };

/** What venues throw for bad options, as a problem of the configuration. */
async function explained<T>(source: string, create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof FileError)) throw error;
    throw new ConfigError([`TICKWIRE_VENUES names ${source}, which can not be read: ${error.message}`]);
  }
}

async function prepareFile(config: FeedConfig, { clock }: RegistryDeps): Promise<CreateVenue> {
  const format = fileFormatOptions(config);
  const { symbols } = await scanFileSymbols(format, scanLimits);
  const options = { ...format, symbols, pace: filePace(config), loop: config.fileLoop };
  return ({ room }): Venue => createFileVenue(options, { clock, room });
}

function missing(source: string, config: FeedConfig): string[] {
  return entryOf(source)
    .needs.filter((name) => config[name].toString() === '')
    .map((name) => {
      const { env, about, range } = feedKeys[name];
      return `${env} is not set, but TICKWIRE_VENUES names ${source}; ${about} (${range})`;
    });
}

/** The push receiver serves one source only, whatever its label. */
function repeated({ venues }: FeedConfig): string[] {
  const pushes = venues.filter((source) => nameOf(source) === 'push').length;
  const twice = venues.filter((source, i) => venues.indexOf(source) !== i);
  return [
    ...twice.map((source) => `TICKWIRE_VENUES names ${source} twice; give one of them a label: ${source}:b`),
    ...(pushes > 1
      ? ['TICKWIRE_VENUES names push more than once, but a process takes pushed ticks for one source only']
      : []),
  ];
}

function nameOf(source: string): string {
  return source.split(':', 1)[0] ?? source;
}

function entryOf(source: string): Entry {
  const entry = entries[nameOf(source)];
  if (entry === undefined) throw new ConfigError([`TICKWIRE_VENUES names ${source}, which is no venue`]);
  return entry;
}
