import { partitionOf } from '#fanout/partition.ts';
import { FanoutError, type LiveListener } from '#fanout/ports.ts';
import { chunksByGroup } from '#fanout/redis/chunks-by-group.ts';
import { bySymbolChannel, groupMessagesChannel, streamKey } from '#fanout/redis/keys.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { ChannelTable } from './channel-table.ts';
import {
  MessageReceiver,
  type MessageReceiverDeps,
  type MessageReceiverMetrics,
} from './message-receiver.ts';
import { SubscriberConnection, type SubscriberConnectionDeps } from './subscriber-connection.ts';
import type { SubscriptionMode } from './subscription-mode.ts';
import type { Channel } from './symbol-channel.ts';

/** The connection, and who takes what comes on it. */
export interface ShardSubscriberDeps extends SubscriberConnectionDeps, MessageReceiverDeps {
  readonly listener: LiveListener;
  readonly metrics: ShardSubscriberMetrics;
  /** The connection was lost; in a cluster the shard may have moved. */
  readonly lost: () => void;
}

/** Counts what was not heard or could not be read. */
export interface ShardSubscriberMetrics extends MessageReceiverMetrics {
  /** So many symbols were not heard for a while. */
  interrupted(symbols: number): void;
}

/** How long a subscription may take, and how many channels go in one command. */
export interface ShardSubscriberLimits {
  /** How long a symbol may wait for a connection. */
  readonly commandTimeoutMs: number;
  /** Channels in one command; Redis serves nobody else while it works on one. */
  readonly subscribeChannelsMax: number;
}

/** The subscriptions held at one Redis server, kept up over its reconnects. */
export class ShardSubscriber {
  readonly #deps: ShardSubscriberDeps;
  readonly #limits: ShardSubscriberLimits;
  readonly #link: SubscriberConnection;
  readonly #messages: MessageReceiver;
  /** Of the wanted symbols; those that messages are found by. */
  readonly #channels: ChannelTable<Channel>;
  readonly #untilLive = new Set<() => void>();
  /** Counts connections: each one has to be told of every channel. */
  #connection = 0;
  /** Everything that was wanted when the connection opened has been acknowledged on it. */
  #live = false;
  #mode: SubscriptionMode;
  /** While it changes from one way of hearing to the other, and ticks may come both ways. */
  #changing = false;
  /** Groups whose group messages are acknowledged on this connection, by the name of their channel. */
  readonly #groupMessages = new Set<string>();

  constructor(deps: ShardSubscriberDeps, limits: ShardSubscriberLimits, mode: SubscriptionMode) {
    this.#mode = mode;
    this.#deps = deps;
    this.#limits = limits;
    this.#messages = new MessageReceiver(deps);
    this.#channels = this.#messages.channels;
    this.#link = new SubscriberConnection(deps, this.#messages, {
      opened: () => this.#opened(),
      lost: () => this.#lost(),
    });
  }

  get live(): boolean {
    return this.#live;
  }

  get size(): number {
    return this.#channels.size;
  }

  /** @throws FanoutError; the symbols are then to be removed */
  async add(symbols: readonly StockSymbol[]): Promise<void> {
    const channels = symbols.map((symbol) => this.#channelOf(symbol));
    if (!this.#live) await this.#becomesLive();
    await this.#subscribe(channels.filter(({ connection }) => connection !== this.#connection));
  }

  /** Takes over symbols that another shard held; they count as interrupted until they are heard here. */
  adopt(symbols: readonly StockSymbol[]): void {
    for (const symbol of symbols) this.#channelOf(symbol).interrupted = true;
    if (this.#live) void this.#catchUp();
  }

  remove(symbols: readonly StockSymbol[]): void {
    const channels = symbols.flatMap((symbol) => this.#channels.get(streamKey(symbol)) ?? []);
    for (const { name } of channels) this.#channels.delete(name);
    if (this.#mode === 'by_symbol' || this.#changing) this.#unsubscribe(channels);
  }

  /**
   * Hears all symbols this way from now on. The old way is left when the new one is acknowledged, so none is
   * missed; meanwhile a tick may come twice.
   */
  async switchTo(mode: SubscriptionMode): Promise<void> {
    if (this.#mode === mode || this.#changing || !this.#live) return;
    this.#mode = mode;
    this.#changing = true;
    const connection = this.#connection;
    const channels = [...this.#channels.values()];
    const groupMessages = [...this.#groupMessages];
    try {
      await this.#subscribe(channels);
      if (connection !== this.#connection) return;
      if (mode === 'group_messages') this.#leaveChannels(channels);
      else this.#leaveGroupMessages(groupMessages);
    } catch (error) {
      this.#deps.log.debug({ error }, 'subscription mode could not be changed');
      if (connection === this.#connection) this.#link.reconnect();
    } finally {
      this.#changing = false;
    }
  }

  #leaveChannels(channels: readonly Channel[]): void {
    this.#unsubscribe(channels);
    for (const group of new Set(channels.map(({ group }) => group)))
      this.#link.unsubscribe([bySymbolChannel(group)]);
  }

  #leaveGroupMessages(names: readonly string[]): void {
    for (const name of names) {
      this.#groupMessages.delete(name);
      this.#link.unsubscribe([name]);
    }
  }

  /**
   * Hears the channel `name` too; what comes on it goes to the probe. A connection that does not even
   * acknowledge that is given up.
   * @throws FanoutError
   */
  async listenToProbe(name: string): Promise<void> {
    if (this.#messages.probeChannel === name) return;
    const connection = this.#connection;
    try {
      await this.#link.subscribe([name]);
      if (connection === this.#connection) this.#messages.probeChannel = name;
    } catch (error) {
      if (connection === this.#connection) this.#link.reconnect();
      throw error;
    }
  }

  reconnect(): void {
    this.#link.reconnect();
  }

  close(): void {
    this.#live = false;
    this.#link.close();
  }

  #channelOf(symbol: StockSymbol): Channel {
    const name = streamKey(symbol);
    const known = this.#channels.get(name);
    const receiver = this.#deps.listener.receiverOf(symbol);
    if (known !== undefined) {
      known.receiver = receiver;
      return known;
    }
    const channel: Channel = {
      name,
      symbol,
      group: this.#deps.sharded ? partitionOf(symbol) : 0,
      receiver,
      connection: 0,
      interrupted: false,
      next: undefined,
    };
    this.#channels.add(channel);
    return channel;
  }

  #opened(): void {
    this.#connection++;
    this.#groupMessages.clear();
    for (const channel of this.#channels.values()) channel.interrupted ||= channel.connection > 0;
    void this.#catchUp();
  }

  #lost(): void {
    this.#live = false;
    this.#messages.probeChannel = '';
    this.#deps.lost();
  }

  /** Subscribes whatever the connection has not been told of yet, then tells what was interrupted. */
  async #catchUp(): Promise<void> {
    const connection = this.#connection;
    try {
      for (let missing = this.#missing(); missing.length > 0; missing = this.#missing())
        await this.#subscribe(missing);
    } catch (error) {
      this.#deps.log.debug({ error }, 'channels could not be subscribed again');
      if (connection === this.#connection) this.#link.reconnect();
      return;
    }
    if (connection === this.#connection && this.#link.open) this.#caughtUp();
  }

  #caughtUp(): void {
    this.#live = true;
    for (const wake of this.#untilLive) wake();
    const interrupted = [...this.#channels.values()].filter((channel) => channel.interrupted);
    for (const channel of interrupted) channel.interrupted = false;
    if (interrupted.length === 0) return;
    this.#deps.metrics.interrupted(interrupted.length);
    this.#deps.listener.interrupted(interrupted.map(({ symbol }) => symbol));
  }

  #missing(): Channel[] {
    return [...this.#channels.values()].filter(({ connection }) => connection !== this.#connection);
  }

  /** One command after the other: Redis sets the pace, and the time-out is of one command. */
  async #subscribe(channels: readonly Channel[]): Promise<void> {
    for (const chunk of this.#chunks(channels)) {
      const wanted = chunk.filter((channel) => this.#channels.get(channel.name) === channel);
      if (wanted.length === 0) continue;
      const connection = this.#connection;
      const [first] = wanted;
      const group = first?.group ?? 0;
      if (this.#mode === 'group_messages') await this.#subscribeGroupMessages(groupMessagesChannel(group));
      else await this.#link.subscribe([bySymbolChannel(group), ...wanted.map(({ name }) => name)]);
      if (connection === this.#connection) for (const channel of wanted) channel.connection = connection;
    }
  }

  async #subscribeGroupMessages(name: string): Promise<void> {
    if (this.#groupMessages.has(name)) return;
    const connection = this.#connection;
    await this.#link.subscribe([name]);
    if (connection === this.#connection) this.#groupMessages.add(name);
  }

  #unsubscribe(channels: readonly Channel[]): void {
    for (const chunk of this.#chunks(channels)) this.#link.unsubscribe(chunk.map(({ name }) => name));
  }

  /** Of one group each, as all channels of a command have to be of one slot of a cluster. */
  #chunks(channels: readonly Channel[]): Iterable<readonly Channel[]> {
    return chunksByGroup(channels, ({ group }) => group, this.#limits.subscribeChannelsMax);
  }

  #becomesLive(): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#untilLive.delete(wake);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#untilLive.delete(wake);
        reject(new FanoutError('unavailable', 'no subscriber connection to Redis'));
      }, this.#limits.commandTimeoutMs);
      this.#untilLive.add(wake);
    });
  }
}
