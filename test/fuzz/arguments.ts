import { oneOf, wholeNumber } from '#runtime/command-line/declare.ts';
import type { Asked } from '#runtime/command-line/read.ts';

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

const most = 999_999_999;

export const commandLine = {
  command: 'npm run fuzz',
  about: `Sends hostile messages, frames and HTTP requests to a hub of its own, with innocent clients beside, for ${shortSeconds} s. Ends with 1, and the fewest messages that repeat it, when the hub does something wrong.`,
  options: {
    messages: { value: 'N', about: 'until so many are sent', schema: wholeNumber(0, most).optional() },
    seconds: { value: 'N', about: 'for so long', schema: wholeNumber(0, most).optional() },
    seed: { value: 'N', about: 'the same messages again', schema: wholeNumber(0, most).optional() },
    auth: {
      value: 'KIND',
      about: 'jwt: at a hub that wants tokens, with good and bad ones among the messages',
      schema: oneOf(['none', 'jwt']).default('none'),
    },
  },
  examples: ['npm run fuzz -- --messages 1000000 --seed 7'],
} as const;

/** @param newSeed used unless `--seed` is given */
export function fuzzArguments({ options }: Asked<typeof commandLine>, newSeed: number): FuzzArguments {
  const { messages = Number.POSITIVE_INFINITY, seed = newSeed, auth } = options;
  const { seconds = options.messages === undefined ? shortSeconds : longSeconds } = options;
  return { seed, messages, seconds, auth };
}
