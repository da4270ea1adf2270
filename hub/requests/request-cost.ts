import type { Session } from '#hub/session/session.ts';
import {
  authenticateCost,
  bytesPerMessage,
  rejectionsPerMessage,
  strangerFactor,
  symbolsPerMessage,
} from '#protocol/message-cost.ts';
import type { ClientMessage, Rejection } from '#protocol/messages.ts';

/*
 * What requests cost of `messagesPerSecond`, so that what a client may send in a second is some milliseconds of work,
 * whatever it sends. Measured on a shared core: to decode 64 KiB takes 0.4 ms, to subscribe 1,024 symbols 7 ms, to
 * reject one symbol 2.7 µs, which is the same for 2,048.
 */

/** Invalid names that count as one malformed message: a handful of slips in a list is no abuse, 2,048 are. */
const invalidPerMalformed = 32;

/** The cost of receiving a message, known before it is read. @param bytes its length */
export function receivingCost({ identity }: Pick<Session, 'identity'>, bytes: number): number {
  return (1 + bytes / bytesPerMessage) * (identity === undefined ? strangerFactor : 1);
}

/** What a message costs beyond being received, known once it is read. */
export function workCost(message: ClientMessage, { attachments }: Pick<Session, 'attachments'>): number {
  switch (message.type) {
    case 'subscribe':
    case 'unsubscribe':
      return message.symbols.length / symbolsPerMessage;
    case 'authenticate':
      return authenticateCost + attachments.size / symbolsPerMessage;
    case 'ping':
      return 0;
  }
}

/** Charges a session for the symbols of its request that were refused, and counts names that are none as malformed. */
export function chargeRejections(session: Session, rejected: readonly Rejection[]): void {
  if (rejected.length === 0) return;
  session.rate?.charge(rejected.length / rejectionsPerMessage);
  const invalid = rejected.filter(({ code }) => code === 'invalid_symbol').length;
  session.malformed += Math.floor(invalid / invalidPerMalformed);
}
