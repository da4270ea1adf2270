import { InvalidArgumentError, Option } from 'commander';
import { describedCommand, type Subcommand } from '#command/program.ts';
import type { WireFormat } from '#protocol/codec.ts';
import { frequencyMaxMs } from '#protocol/frequency.ts';

/** What `tickwire tail` was asked for. */
export interface TailRequest {
  readonly symbols: readonly string[];
  readonly url: string;
  /** Milliseconds between updates of a symbol; 0 = every one. */
  readonly frequency: number;
  readonly format: WireFormat;
  /** For hubs that ask who comes. */
  readonly token?: string;
}

/** Where `tickwire start` serves sockets unless it is told otherwise. */
export const defaultTailUrl = 'ws://127.0.0.1:8080/ws';

const words = {
  description: 'Prints each update as a line, and resumes where it was after a lost connection.',
  examples: [
    'tickwire tail AAPL TSLA',
    'tickwire tail --frequency 1000 BTC-USD',
    'tickwire tail --url wss://ticks.example.com/ws --token "$(tickwire token)" AAPL',
  ],
};

type TailOptions = Omit<TailRequest, 'symbols' | 'url'> & { readonly url?: string };

/**
 * @param env `TICKWIRE_PORT` is that of the hub on this machine, when there is no `--url`: whoever sets it for
 * `tickwire start` need not say it again
 */
export function tailCommand(
  env: { readonly TICKWIRE_PORT?: string | undefined },
  run: (request: TailRequest) => Promise<number> | number,
): Subcommand {
  return (program, choose) => {
    const command = describedCommand(
      program,
      'tail',
      'prices as lines in the terminal; resumes by itself',
      words,
    )
      .argument('<symbol...>', 'as the hub names them')
      .addOption(
        new Option(
          '--url <url>',
          `the hub's socket (default: ${defaultTailUrl}; where TICKWIRE_PORT is set, at that port)`,
        ).argParser(socketUrl),
      )
      .addOption(
        new Option('--frequency <ms>', `at most one line per symbol and so many ms, 0 to ${frequencyMaxMs}`)
          .argParser(frequencyMs)
          .default(0, 'every update'),
      )
      .addOption(
        new Option('--format <format>', 'as it travels').choices(['json', 'msgpack']).default('json'),
      )
      .option('--token <jwt>', 'for a hub that asks who comes');
    command.action((symbols: string[], options: TailOptions) => {
      const url = options.url ?? urlAt(env.TICKWIRE_PORT);
      if (url === undefined)
        return command.error(
          `error: TICKWIRE_PORT=${env.TICKWIRE_PORT} is no port from 1 to 65535; unset it, or give --url.`,
        );
      choose(() => run({ ...options, symbols, url }));
    });
  };
}

function socketUrl(text: string): string {
  if (/^wss?:\/\/./.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be a ws:// or wss:// address.');
}

function frequencyMs(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= frequencyMaxMs) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${frequencyMaxMs}.`);
}

/** The hub of this machine; undefined where `port` is none. */
function urlAt(port: string | undefined): string | undefined {
  if (port === undefined || port === '') return defaultTailUrl;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return `ws://127.0.0.1:${Number(port)}/ws`;
}
