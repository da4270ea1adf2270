import type { Clock } from '#client/clock.ts';
import { MessageBudget, tokenCostMost } from '#client/requests/message-budget.ts';
import { byteLength } from '#client/requests/request-batch.ts';
import type { ClientFrame, Codec } from '#protocol/codec.ts';
import type { ClientSocket } from './socket.ts';

/** What goes out over one connection; charges its budget for what the connection itself sends. */
export class Outgoing {
  readonly #codec: Codec;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Undefined until there is a token for it. */
  #socket: ClientSocket | undefined;
  /** Undefined until the hub has said what it allows. */
  #budget: MessageBudget | undefined;
  /** Symbols that the hub may hold for this connection; 0 before it has said so. */
  symbolsHeldMax = 0;

  constructor(codec: Codec, clock: Pick<Clock, 'monotonic'>) {
    this.#codec = codec;
    this.#clock = clock;
  }

  /** Everything goes over `socket` from now on. */
  attach(socket: ClientSocket): void {
    this.#socket = socket;
  }

  /** The budget that the hub allows, from now on. */
  budgetOf(messagesPerSecond: number): MessageBudget {
    this.#budget = new MessageBudget(messagesPerSecond, this.#clock.monotonic());
    return this.#budget;
  }

  /** Sends a frame that was charged already. */
  send(frame: ClientFrame): void {
    this.#socket?.send(frame);
  }

  present(token: string): void {
    const frame = this.#codec.encodeForClient({ type: 'authenticate', token });
    this.#budget?.charge(tokenCostMost(byteLength(frame), this.symbolsHeldMax), this.#clock.monotonic());
    this.send(frame);
  }

  ping(): void {
    this.#budget?.charge(1, this.#clock.monotonic());
    this.send(this.#codec.encodeForClient({ type: 'ping' }));
  }

  close(code?: number): void {
    this.#socket?.close(code);
  }
}
