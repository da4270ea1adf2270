import { groupMessagesSuffix, groupOfGroupMessages } from '#fanout/redis/keys.ts';
import type { UndecodableKind } from '#fanout/redis/undecodable.ts';
import { isTickPayload } from '#protocol/payload-fields.ts';
import { ChannelTable } from './channel-table.ts';
import { type GroupMessagePlace, readGroupMessage } from './group-message.ts';
import { type LiveMessageHead, readLiveMessageHead } from './live-message.ts';
import type { MessageListener, MessagePlace } from './push-tap.ts';
import type { Channel } from './symbol-channel.ts';

/** Who is told of what is no tick. */
export interface MessageReceiverDeps {
  /** Gets what comes on the probe's channel. */
  readonly probe: ProbeEcho;
  readonly metrics: MessageReceiverMetrics;
}

/** Told of each probe that came back. */
export interface ProbeEcho {
  heard(text: string): void;
}

/** Counts what could not be read. */
export interface MessageReceiverMetrics {
  /** Something was read that is not ours, or of a version that this one does not know. It was left out. */
  undecodable(kind: UndecodableKind): void;
}

/**
 * Parses each message of one connection where it lies in the bytes from Redis, and hands the tick to its symbol's receiver.
 * Runs for every tick that a hub hears: makes no object and no text of a message.
 */
export class MessageReceiver implements MessageListener {
  /** The wanted symbols' channels; kept by the subscriber. */
  readonly channels = new ChannelTable<Channel>();
  /** Empty while no probe is listened for. */
  probeChannel = '';
  readonly #probe: ProbeEcho;
  readonly #metrics: MessageReceiverMetrics;
  /** Of the message at hand; one object for all of them. */
  readonly #head: LiveMessageHead = { epoch: 0, seq: 0, payloadAt: 0 };

  constructor({ probe, metrics }: MessageReceiverDeps) {
    this.#probe = probe;
    this.#metrics = metrics;
  }

  message(bytes: Buffer, { channelAt, channelEnd, payloadAt, payloadEnd }: Readonly<MessagePlace>): void {
    const channel = this.channels.find(bytes, channelAt, channelEnd);
    if (channel !== undefined) this.#tick(channel, bytes, payloadAt, payloadEnd);
    else this.#other(bytes.toString('latin1', channelAt, channelEnd), bytes, payloadAt, payloadEnd);
  }

  oversized(): void {
    this.#metrics.undecodable('oversized');
  }

  #tick({ receiver }: Channel, bytes: Buffer, start: number, end: number): void {
    if (receiver === undefined) return;
    const head = this.#head;
    if (readLiveMessageHead(bytes, start, end, head) && isTickPayload(bytes, head.payloadAt, end))
      receiver.accept(bytes, head.payloadAt, end, head.epoch, head.seq);
    else this.#metrics.undecodable('live');
  }

  #other(name: string, bytes: Buffer, start: number, end: number): void {
    if (name === this.probeChannel) this.#probe.heard(bytes.toString('latin1', start, end));
    else if (name.endsWith(groupMessagesSuffix))
      this.#groupMessage(groupOfGroupMessages(name), bytes, start, end);
  }

  /** A group message speaks for the symbols of its own group: those of others are published elsewhere. */
  #groupMessage(group: number, bytes: Buffer, start: number, end: number): void {
    const tick = ({ channelAt, channelEnd, messageAt, messageEnd }: Readonly<GroupMessagePlace>): void => {
      const channel = this.channels.find(bytes, channelAt, channelEnd);
      if (channel === undefined) return;
      if (channel.group === group) this.#tick(channel, bytes, messageAt, messageEnd);
      else this.#metrics.undecodable('group_message');
    };
    if (!readGroupMessage(bytes, start, end, tick)) this.#metrics.undecodable('group_message');
  }
}
