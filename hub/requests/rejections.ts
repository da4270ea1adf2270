import type { Rejection, RejectionCode } from '#protocol/messages.ts';
import { wholeText } from '#protocol/whole-text.ts';

const problems: Readonly<Record<RejectionCode, (symbol: string) => string>> = {
  invalid_symbol: (symbol) => `Invalid stock symbol: ${symbol}`,
  unknown_symbol: (symbol) => `Invalid stock symbol: ${symbol}`,
  symbol_limit: (symbol) => `Too many symbols, ${symbol} was left out; unsubscribe some first`,
  invalid_position: (symbol) =>
    `"since" of ${symbol} is not a position such as 1731000000000-41; leave it out`,
  not_subscribed: (symbol) => `Not subscribed to ${symbol}`,
  not_entitled: (symbol) => `Your token does not cover ${symbol}`,
  unavailable: (symbol) => `${symbol} can not be served just now; subscribe again in a few seconds`,
};

const shownLengthMax = 64;

/** Why one symbol of a request is refused, with what to do about it. */
export function rejectionOf(value: unknown, code: RejectionCode): Rejection {
  const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  const symbol = wholeText(shown, shownLengthMax);
  return { symbol, code, message: problems[code](symbol) };
}
