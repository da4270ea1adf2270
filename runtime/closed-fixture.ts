import type { EventEmitter } from 'node:events';

/**
 * For tests: resolves when a socket or server says that it has closed. `once` of node:events would reject when an `error`
 * comes first, and of a connection that the other side ends it may or may not: a reset (ECONNRESET, EPIPE) is an end, too.
 * Whoever waits listens for errors as well, since one that nobody listens for ends the process.
 */
export function closed(emitter: EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    emitter.once('close', () => resolve());
  });
}
