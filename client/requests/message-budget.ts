import {
  authenticateCost,
  bytesPerMessage,
  rejectionsPerMessage,
  strangerFactor,
  symbolsPerMessage,
} from '#protocol/message-cost.ts';
import { TokenBucket } from '#protocol/pacing/token-bucket.ts';

/**
 * How long what is sent at once may have gathered. A hub allows what gathers in two seconds; half a second of it stays for
 * messages that are held up on their way and then arrive closer together than they were sent.
 */
const gatheredMs = 1500;

/** Keeps what is sent over one connection within the hub's `messages_per_second`, by what each message counts as. */
export class MessageBudget {
  readonly #bucket: TokenBucket;

  /** @param now ms of a clock that never goes back */
  constructor(messagesPerSecond: number, now: number) {
    const perSecond = Math.max(1, messagesPerSecond);
    this.#bucket = new TokenBucket({ perSecond, burst: (perSecond * gatheredMs) / 1000 }, now);
  }

  /** How long a message that counts as `cost` has to wait; 0 = it may go at once. One that is never paid for waits for all that can gather. */
  waitMs(cost: number, now: number): number {
    return this.#bucket.waitMs(now, cost);
  }

  /** A message was sent that counts as `cost`. */
  charge(cost: number, now: number): void {
    this.#bucket.charge(cost, now);
  }

  /** The hub served so many of the symbols that were charged as if it rejected them. */
  served(symbols: number): void {
    this.#bucket.giveBack(symbols / rejectionsPerMessage);
  }
}

/** What a request for so many symbols counts as, if the hub rejects all of them: what it serves is given back later. */
export function requestCostMost(bytes: number, symbols: number): number {
  return 1 + bytes / bytesPerMessage + symbols / symbolsPerMessage + symbols / rejectionsPerMessage;
}

/** What a token counts as at most. @param symbolsHeld that the hub may hold for this connection */
export function tokenCostMost(bytes: number, symbolsHeld: number): number {
  return strangerFactor * (1 + bytes / bytesPerMessage) + authenticateCost + symbolsHeld / symbolsPerMessage;
}
