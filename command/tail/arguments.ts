import { parseArgs } from 'node:util';
import type { WireFormat } from '#protocol/codec.ts';
import { frequencyMaxMs } from '#protocol/frequency.ts';

/** What `npm run tail` was asked for. */
export interface TailRequest {
  readonly symbols: readonly string[];
  readonly url: string;
  /** Milliseconds between updates of a symbol; 0 = every one. */
  readonly frequency: number;
  readonly format: WireFormat;
  /** For hubs that ask who comes. */
  readonly token?: string;
}

export type ParsedArguments =
  | { readonly ok: true; readonly request: TailRequest }
  | { readonly ok: false; readonly problem: string };

/** Where `npm start` serves sockets unless it is told otherwise. */
export const defaultTailUrl = 'ws://127.0.0.1:8080/ws';

export const usage = `Usage: npm run tail -- [options] SYMBOL...
  npm run tail -- AAPL TSLA
  npm run tail -- --frequency 1000 BTC-USD

Options
  --url URL         the hub's socket (default ${defaultTailUrl};
                    where TICKWIRE_PORT is set as for npm start, its port)
  --frequency MS    at most one line per symbol and so many ms, 0 to ${frequencyMaxMs} (default 0, every update)
  --format FORMAT   json or msgpack, as it travels (default json)
  --token JWT       for a hub that asks who comes
`;

const text = { type: 'string' } as const;

/**
 * @param env `TICKWIRE_PORT` is that of the hub on this machine, when there is no `--url`: whoever sets it for `npm start`
 * need not say it again
 */
export function parseArguments(
  texts: readonly string[],
  env: { readonly TICKWIRE_PORT?: string | undefined },
): ParsedArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...texts],
      allowPositionals: true,
      options: { url: text, frequency: text, format: text, token: text },
    });
    return check(positionals, values, env.TICKWIRE_PORT);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error)); // an option that does not exist
  }
}

function check(
  symbols: readonly string[],
  options: { readonly [Name in 'url' | 'frequency' | 'format' | 'token']?: string },
  port: string | undefined,
): ParsedArguments {
  const { url = urlAt(port), frequency = '0', format = 'json', token } = options;
  if (symbols.length === 0) return refuse('Name at least one symbol.');
  if (url === undefined)
    return refuse(`TICKWIRE_PORT=${port} is no port from 1 to 65535; unset it, or give --url.`);
  if (!/^wss?:\/\/./.test(url) || !URL.canParse(url))
    return refuse(`--url ${url} is no ws:// or wss:// address.`);
  if (!/^\d{1,5}$/.test(frequency) || Number(frequency) > frequencyMaxMs)
    return refuse(`--frequency ${frequency} is no number of milliseconds from 0 to ${frequencyMaxMs}.`);
  if (format !== 'json' && format !== 'msgpack')
    return refuse(`--format ${format} is neither json nor msgpack.`);
  const request: TailRequest = { symbols, url, frequency: Number(frequency), format };
  return { ok: true, request: token === undefined ? request : { ...request, token } };
}

/** The hub of this machine; undefined where `port` is none. */
function urlAt(port: string | undefined): string | undefined {
  if (port === undefined || port === '') return defaultTailUrl;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return `ws://127.0.0.1:${Number(port)}/ws`;
}

function refuse(problem: string): ParsedArguments {
  return { ok: false, problem };
}
