import { FanoutError } from '#fanout/ports.ts';

/** Answers of a Redis that is on its way up, down or aside: worth another try a little later. */
const passing = /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|OOM|BUSY|MISCONF) /;

/** What ioredis rejected with, in the fanout's words. */
export function toFanoutError(error: unknown): FanoutError {
  if (error instanceof FanoutError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (message === 'Command timed out')
    return new FanoutError('timeout', 'Redis did not answer', cause(error));
  if (message.startsWith('WRONGTYPE '))
    return new FanoutError('unreadable', 'Redis has something else where it was looked for', cause(error));
  if (error instanceof Error && error.name === 'ReplyError' && !passing.test(message))
    return new FanoutError('refused', `Redis refused: ${message}`, cause(error));
  return new FanoutError('unavailable', `Redis can not be reached: ${message}`, cause(error));
}

function cause(error: unknown): ErrorOptions {
  return { cause: error };
}
