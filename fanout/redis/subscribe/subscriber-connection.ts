import type { Redis } from 'ioredis';
import type { KeptConnection } from '#fanout/redis/connection/connection.ts';
import { toFanoutError } from '#fanout/redis/failure.ts';
import type { Logger } from '#runtime/logger.ts';
import { type MessageListener, PushTap } from './push-tap.ts';

/** The connection, and how its server takes subscriptions. */
export interface SubscriberConnectionDeps {
  /** In subscriber mode, not yet opened; owned by the `SubscriberConnection` from here on. */
  readonly connection: KeptConnection<Redis>;
  /** Whether the server is one of a cluster: SSUBSCRIBE, all channels of a command in one slot. */
  readonly sharded: boolean;
  readonly log: Logger;
}

/** Told when the connection comes and goes; messages go to a `MessageListener`. */
export interface SubscriberConnectionListener {
  /** A new connection, which is subscribed to nothing. */
  opened(): void;
  /** The connection is gone, or given up because what it says can not be trusted. */
  lost(): void;
}

/** One connection in subscriber mode, opened again whenever it is lost. */
export class SubscriberConnection {
  readonly #connection: KeptConnection<Redis>;
  readonly #client: Redis;
  readonly #sharded: boolean;
  readonly #log: Logger;
  readonly #messages: MessageListener;
  readonly #listener: SubscriberConnectionListener;
  /** From `opened` to `lost`. */
  #open = false;

  constructor(
    { connection, sharded, log }: SubscriberConnectionDeps,
    messages: MessageListener,
    listener: SubscriberConnectionListener,
  ) {
    this.#connection = connection;
    this.#client = connection.client;
    this.#sharded = sharded;
    this.#log = log;
    this.#messages = messages;
    this.#listener = listener;
    this.#client.on('ready', () => this.#opened());
    this.#client.on('close', () => this.#lost());
    this.#client.on('error', (error: Error) => this.#failed(error));
    // SSUBSCRIBE was answered MOVED; ioredis says so and leaves the command without a result.
    this.#client.on('moved', () => this.reconnect());
    this.#client.on('connect', () => this.#tap());
    this.#client.connect().catch((error: Error) => this.#failed(error));
  }

  get open(): boolean {
    return this.#open;
  }

  /** Resolves when Redis has acknowledged all of `channels`. @throws FanoutError */
  async subscribe(channels: readonly string[]): Promise<void> {
    try {
      await (this.#sharded ? this.#client.ssubscribe(...channels) : this.#client.subscribe(...channels));
    } catch (error) {
      throw toFanoutError(error);
    }
  }

  /** Fails silently where it does no harm: messages of unwanted channels are ignored, a new connection has none. */
  unsubscribe(channels: readonly string[]): void {
    if (!this.#open) return;
    const done = this.#sharded
      ? this.#client.sunsubscribe(...channels)
      : this.#client.unsubscribe(...channels);
    done.catch((error: Error) => this.#log.debug({ problem: error.message }, 'channels not unsubscribed'));
  }

  /** Gives up the connection, which may look healthy, for a new one. */
  reconnect(): void {
    this.#lost();
    this.#connection.reconnect();
  }

  close(): void {
    this.#open = false;
    this.#connection.close();
  }

  /**
   * Messages are taken out of the stream before ioredis sees them: its parser makes two buffers and a list of
   * each, and looks at its kind as a string. Everything else is for its parser, which is the stream's only
   * reader so far: nothing can have come yet.
   */
  #tap(): void {
    const { stream } = this.#client;
    const readers = stream.listeners('data');
    stream.removeAllListeners('data');
    const tap = new PushTap(this.#sharded ? 'smessage' : 'message', this.#messages, {
      replies: (bytes) => {
        for (const read of readers) read.call(stream, bytes);
      },
      broken: () => stream.destroy(new Error('Redis sent what is no reply')),
    });
    stream.on('data', (chunk: Buffer) => tap.read(chunk));
  }

  #opened(): void {
    this.#open = true;
    this.#listener.opened();
  }

  #lost(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#listener.lost();
  }

  #failed(error: Error): void {
    this.#log.debug({ problem: error.message }, 'subscriber connection failed');
    // An answer too many: Redis unsubscribes by itself what it moves to another node, and ioredis takes
    // that for the answer to a command. From then on it would mistake every acknowledgement.
    if (this.#open) this.reconnect();
  }
}
