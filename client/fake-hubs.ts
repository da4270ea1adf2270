import type {
  ClientMessage,
  HubMessage,
  Rejection,
  SubscribedSymbol,
  SubscribeMessage,
} from '#protocol/messages.ts';
import { parsePosition } from '#protocol/position.ts';
import { type FakeSocket, price } from './fixtures.ts';

/** What is traded: the newest number of each symbol. A price is its number. */
export class FakeMarket {
  /** Symbols that the hubs know. */
  readonly newest = new Map<string, { readonly epoch: number; readonly seq: number }>();
  /** Symbols that the hubs can not serve just now. */
  readonly unavailable = new Set<string>();
  /** Symbols that nobody brings any more; who holds one keeps it. */
  readonly retired = new Set<string>();
  /** Symbols that the client's token does not cover any more. */
  readonly notEntitled = new Set<string>();

  constructor(symbols: readonly string[]) {
    for (const symbol of symbols) this.newest.set(symbol, { epoch: 7, seq: 0 });
  }

  trade(symbol: string): void {
    const { epoch, seq } = this.at(symbol);
    this.newest.set(symbol, { epoch, seq: seq + 1 });
  }

  /** The history of the symbol is lost. */
  restart(symbol: string): void {
    this.newest.set(symbol, { epoch: this.at(symbol).epoch + 1, seq: 0 });
  }

  at(symbol: string): { readonly epoch: number; readonly seq: number } {
    return this.newest.get(symbol) ?? { epoch: 0, seq: 0 };
  }

  positionOf(symbol: string): string {
    const { epoch, seq } = this.at(symbol);
    return `${epoch}-${seq}`;
  }
}

interface Holding {
  /** As the client asked; 0 = every update. */
  readonly frequency: number;
  /** What was sent last. */
  readonly epoch: number;
  readonly seq: number;
}

/** A hub as PROTOCOL.md has it, behind one socket: works in order, and everything takes the time that the test gives it. */
export class FakeHubConnection {
  readonly holds = new Map<string, Holding>();
  readonly #socket: FakeSocket;
  readonly #market: FakeMarket;
  readonly #symbolsMax: number;
  readonly #underWay: HubMessage[] = [];
  #worked = 0;
  #welcomed = false;
  /** Requests that are refused as a whole. */
  refusing = 0;
  /** Places in what was sent of messages that came too fast. */
  readonly #unread = new Set<number>();

  constructor(socket: FakeSocket, market: FakeMarket, symbolsMax: number) {
    this.#socket = socket;
    this.#market = market;
    this.#symbolsMax = symbolsMax;
  }

  get open(): boolean {
    return !this.#socket.closed;
  }

  get idle(): boolean {
    return (
      !this.open || (this.#welcomed && this.#worked === this.#socket.sent.length && !this.#underWay.length)
    );
  }

  welcome(): void {
    if (!this.open || this.#welcomed) return;
    this.#welcomed = true;
    this.#socket.welcomes({ symbols: this.#symbolsMax, messages_per_second: 2 });
  }

  /** Works on the oldest request that waits. */
  work(): void {
    const message = this.#socket.sent[this.#worked];
    if (!this.open || message === undefined) return;
    if (!this.#unread.has(this.#worked++)) this.#answer(message);
  }

  /** The newest message that waits came too fast: it is not read, and the answer does not wait for those before it. */
  limitRate(): void {
    const newest = this.#socket.sent.length - 1;
    if (!this.#welcomed) return;
    if (newest >= this.#worked) this.#unread.add(newest);
    this.#say({ type: 'error', code: 'rate_limited', message: 'too fast' });
  }

  /** The client hears the oldest message that is on its way. */
  arrive(): void {
    const message = this.open ? this.#underWay.shift() : undefined;
    if (message !== undefined) this.#socket.says(message);
  }

  /** Sends what is new: of every symbol, or only of those that are sent at once. */
  flush(isDue: (frequency: number) => boolean): void {
    for (const [symbol, holding] of this.holds) if (isDue(holding.frequency)) this.#sendNew(symbol, holding);
  }

  /** The client is too slow: what is new of the symbol is skipped. */
  skip(symbol: string): void {
    const holding = this.holds.get(symbol);
    if (holding !== undefined) this.#reset(symbol, holding, 'slow_consumer');
  }

  takeAway(symbol: string, reason: 'not_entitled' | 'delay_changed'): void {
    if (this.holds.delete(symbol)) this.#say({ type: 'unsubscribed', symbols: [symbol], reason });
  }

  /** What is on its way is lost. */
  lose(): void {
    if (this.open) this.#socket.drops();
  }

  goodbye(): void {
    if (this.#welcomed) this.#say({ type: 'goodbye', reason: 'drain', reconnect_after_ms: 100 });
  }

  #say(message: HubMessage): void {
    this.#underWay.push(message);
  }

  #answer(message: ClientMessage): void {
    if (message.type !== 'subscribe' && message.type !== 'unsubscribe') return;
    const id = message.id ?? 0;
    if (this.refusing > 0) {
      this.refusing--;
      this.#say({ type: 'error', code: 'unavailable', message: 'not now', id });
    } else if (message.type === 'subscribe') this.#subscribe(message, id);
    else {
      for (const symbol of message.symbols) this.holds.delete(String(symbol));
      this.#say({ type: 'unsubscribed', symbols: message.symbols.map(String), id });
    }
  }

  #subscribe({ symbols, since, frequency = 0 }: SubscribeMessage, id: string | number): void {
    const answers: Record<string, SubscribedSymbol> = {};
    const rejected: Rejection[] = [];
    const first: (() => void)[] = [];
    for (const symbol of symbols.map(String)) {
      const code = this.#refusalOf(symbol);
      if (code !== undefined) {
        rejected.push({ symbol, code, message: code });
        continue;
      }
      const asked = parsePosition(since?.[symbol]);
      const position = this.#market.positionOf(symbol);
      const { epoch, seq } = this.#market.at(symbol);
      const recovered = asked?.epoch === epoch && asked.seq <= seq;
      answers[symbol] = asked === undefined ? { position } : { position, recovered };
      const holding = { frequency, epoch, seq: recovered ? asked.seq : seq };
      this.holds.set(symbol, holding);
      if (recovered) first.push(() => this.#sendNew(symbol, holding));
      else if (asked !== undefined) first.push(() => this.#reset(symbol, holding, 'epoch_changed'));
      else first.push(() => this.#snapshot(symbol));
    }
    this.#say({ type: 'subscribed', id, symbols: answers, ...(rejected.length > 0 && { rejected }) });
    for (const send of first) send();
  }

  #refusalOf(symbol: string): Rejection['code'] | undefined {
    if (this.#market.notEntitled.has(symbol)) return 'not_entitled';
    if (!this.#market.newest.has(symbol) || this.#market.retired.has(symbol)) return 'unknown_symbol';
    if (!this.holds.has(symbol) && this.holds.size >= this.#symbolsMax) return 'symbol_limit';
    return this.#market.unavailable.has(symbol) ? 'unavailable' : undefined;
  }

  #sendNew(symbol: string, { frequency, epoch, seq }: Holding): void {
    const newest = this.#market.at(symbol);
    if (newest.epoch !== epoch) this.#reset(symbol, { frequency, epoch, seq }, 'epoch_changed');
    if (newest.epoch !== epoch || newest.seq === seq) return;
    this.holds.set(symbol, { frequency, ...newest });
    const from = seq + 1 < newest.seq ? { from: seq + 1 } : {};
    this.#say({ type: 'price_update', data: { [symbol]: price(newest.seq, from) } });
  }

  #reset(symbol: string, { frequency }: Holding, reason: 'slow_consumer' | 'epoch_changed'): void {
    this.holds.set(symbol, { frequency, ...this.#market.at(symbol) });
    this.#say({ type: 'reset', symbol, reason, position: this.#market.positionOf(symbol) });
    this.#snapshot(symbol);
  }

  #snapshot(symbol: string): void {
    const { seq } = this.#market.at(symbol);
    this.#say({ type: 'price_update', data: { [symbol]: price(seq, { snapshot: true }) } });
  }
}
