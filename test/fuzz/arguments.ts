import { parseArgs } from 'node:util';

export interface FuzzArguments {
  readonly seed: number;
  readonly messages: number;
  readonly seconds: number;
  /** Whether the hub wants tokens. */
  readonly auth: 'none' | 'jwt';
}

/** The short form: what CI runs. */
const shortSeconds = 20;
/** A run that has a number of messages to send is given up after an hour. */
const longSeconds = 3600;

/**
 * `--messages 1000000` runs until so many are sent, `--seconds 60` for so long, neither for 20 s.
 * `--auth jwt`: at a hub that wants tokens, with good and bad ones among the messages.
 * @param newSeed used unless `--seed` is given
 * @throws Error that names what is wrong with an argument
 */
export function readFuzzArguments(args: readonly string[], newSeed: number): FuzzArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ messages: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
      auth: { type: 'string', default: 'none' },
    },
  });
  const { auth } = values;
  if (auth !== 'none' && auth !== 'jwt') throw new Error(`--auth is none or jwt, not ${auth}`);
  const messages = wholeNumber('messages', values.messages);
  const seconds =
    wholeNumber('seconds', values.seconds) ?? (messages === undefined ? shortSeconds : longSeconds);
  return {
    seed: wholeNumber('seed', values.seed) ?? newSeed,
    messages: messages ?? Number.POSITIVE_INFINITY,
    seconds,
    auth,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new Error(`--${name} is a whole number below 1,000,000,000, not ${text}`);
}
