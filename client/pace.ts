import {
  authenticateCost,
  bytesPerMessage,
  rejectionsPerMessage,
  strangerFactor,
  symbolsPerMessage,
} from '#protocol/message-cost.ts';

/**
 * How long what is sent at once may have gathered. A hub allows what gathers in two seconds; half a second of it stays for
 * messages that are held up on their way and then arrive closer together than they were sent.
 */
const gatheredMs = 1500;

/** Keeps what is sent over one connection within the hub's `messages_per_second`, by what each message counts as. */
export class Pace {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #filledAt: number;

  /** @param now ms of a clock that never goes back */
  constructor(perSecond: number, now: number) {
    this.#perSecond = Math.max(1, perSecond);
    this.#most = (this.#perSecond * gatheredMs) / 1000;
    this.#left = this.#most;
    this.#filledAt = now;
  }

  /** How long a message that counts as `cost` has to wait; 0 = it may go at once. One that is never paid for waits for all that can gather. */
  waitMs(cost: number, now: number): number {
    this.#fill(now);
    const missing = Math.min(cost, this.#most) - this.#left;
    return missing <= 0 ? 0 : Math.ceil((missing * 1000) / this.#perSecond);
  }

  /** A message was sent that counts as `cost`. */
  charge(cost: number, now: number): void {
    this.#fill(now);
    this.#left -= cost;
  }

  /** The hub served so many of the symbols that were charged as if it rejected them. */
  served(symbols: number): void {
    this.#left = Math.min(this.#most, this.#left + symbols / rejectionsPerMessage);
  }

  #fill(now: number): void {
    const filled = this.#left + ((now - this.#filledAt) * this.#perSecond) / 1000;
    this.#left = Math.min(this.#most, filled);
    this.#filledAt = now;
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
