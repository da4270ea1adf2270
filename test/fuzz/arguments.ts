import { CommandLineError, readOptions, wholeNumber } from '#runtime/command-line.ts';

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

export const usage = `Usage: npm run fuzz [-- options]
  Sends hostile messages, frames and HTTP requests to a hub of its own, with innocent clients beside, for ${shortSeconds} s. Ends
  with 1, and the fewest messages that repeat it, when the hub does something wrong.

  --messages N    until so many are sent
  --seconds N     for so long
  --seed N        the same messages again
  --auth jwt      at a hub that wants tokens, with good and bad ones among the messages

Example
  npm run fuzz -- --messages 1000000 --seed 7
`;

/**
 * `--messages 1000000` runs until so many are sent, `--seconds 60` for so long, neither for 20 s.
 * `--auth jwt`: at a hub that wants tokens, with good and bad ones among the messages.
 * @param newSeed used unless `--seed` is given
 * @throws CommandLineError that names what is wrong with an argument
 */
export function readFuzzArguments(args: readonly string[], newSeed: number): FuzzArguments {
  const values = readOptions(args, {
    ...{ messages: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
    auth: { type: 'string', default: 'none' },
  });
  const { auth } = values;
  if (auth !== 'none' && auth !== 'jwt') throw new CommandLineError(`--auth is none or jwt, not ${auth}`);
  const messages = optionalNumber('--messages', values.messages);
  const seconds =
    optionalNumber('--seconds', values.seconds) ?? (messages === undefined ? shortSeconds : longSeconds);
  return {
    seed: optionalNumber('--seed', values.seed) ?? newSeed,
    messages: messages ?? Number.POSITIVE_INFINITY,
    seconds,
    auth,
  };
}

function optionalNumber(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(option, text, 0, 999_999_999);
}
