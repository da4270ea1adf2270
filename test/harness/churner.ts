import { setTimeout as delay } from 'node:timers/promises';
import type { HubMessage } from '#protocol/messages.ts';
import { connectRaw, type RawClient } from './raw-client.ts';

export interface ChurnerOptions {
  /** Taken in turn. */
  readonly symbols: readonly string[];
  /** Symbols that it holds at a time; fewer than there are. */
  readonly heldMax: number;
  /** Messages that it sends a second, half of them subscribes; fewer when the hub does not answer as fast. */
  readonly messagesPerSecond: number;
  /** Called with each message. */
  readonly onMessage?: (message: HubMessage) => void;
}

/** The hub lets 64 requests of a socket wait, and refuses those above. */
const unansweredMax = 40;
const beatMs = 10;

/** A client that never stays: it subscribes to one symbol after the other, and leaves them in the same order. */
export class Churner {
  readonly #options: ChurnerOptions;
  #raw: RawClient | undefined;
  #sent = 0;
  #answered = 0;
  #refused = 0;

  private constructor(options: ChurnerOptions) {
    this.#options = options;
  }

  static async connect(url: string, options: ChurnerOptions): Promise<Churner> {
    const churner = new Churner(options);
    const onMessage = (message: HubMessage): void => churner.#receive(message);
    churner.#raw = await connectRaw(url, { format: 'msgpack', keepMax: 1, onMessage });
    churner.#raw.send({ type: 'subscribe', symbols: options.symbols.slice(0, options.heldMax) });
    await churner.#raw.waitForType('subscribed');
    churner.#answered = 0;
    return churner;
  }

  /** Subscribes and unsubscribes that were answered. */
  get answered(): number {
    return this.#answered;
  }

  /** Errors that came, whatever they say. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Sends so many messages; resolves with the seconds that it took until all were answered.
   * @throws Error when that takes longer than the time
   */
  async churn(messages: number, timeoutMs: number): Promise<number> {
    const { messagesPerSecond } = this.#options;
    const startedAt = performance.now();
    const end = this.#sent + messages;
    const before = this.#sent;
    while (this.#answered + this.#refused < end) {
      const elapsedMs = performance.now() - startedAt;
      if (elapsedMs > timeoutMs)
        throw new Error(`${end - this.#answered} of ${messages} messages were not answered in time`);
      const due = Math.min(end, before + Math.floor((elapsedMs * messagesPerSecond) / 1000));
      const free = this.#answered + this.#refused + unansweredMax;
      while (this.#sent < Math.min(due, free)) this.#send();
      await delay(beatMs);
    }
    return (performance.now() - startedAt) / 1000;
  }

  /** Ends the connection without a word. */
  async cut(): Promise<void> {
    await this.#raw?.cut();
  }

  /** Another symbol is taken, then the one that is held for longest is left. */
  #send(): void {
    const { symbols, heldMax } = this.#options;
    const turn = Math.floor(this.#sent / 2);
    const type = this.#sent % 2 === 0 ? 'subscribe' : 'unsubscribe';
    const at = type === 'subscribe' ? turn + heldMax : turn;
    this.#sent++;
    this.#raw?.send({ type, symbols: [symbols[at % symbols.length]] });
  }

  #receive(message: HubMessage): void {
    if (message.type === 'subscribed' || message.type === 'unsubscribed') this.#answered++;
    if (message.type === 'error') this.#refused++;
    this.#options.onMessage?.(message);
  }
}
