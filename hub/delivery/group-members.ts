import { type Topic, topicOf } from '#hub/listener/topic.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import { type Codec, codecs, type Frame, type WireFormat } from '#protocol/codec.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { GroupMember } from './group-member.ts';

/** Hands a frame to every socket that is on `topic`; the order is kept. */
export type Publish = (topic: Topic, frame: Frame, binary: boolean) => void;

/** What a group is for. */
export interface GroupKey {
  readonly classMs: FrequencyClassMs;
  readonly phase: number;
  readonly isRestricted: boolean;
}

/** Sockets of a group that are sent to one by one; above it topics are cheaper. */
export const directSocketsMax = 4;

/**
 * The sockets of one group. A few are sent to directly: where 15,000 sockets hold 5 of 50,000 symbols each, a
 * group has 1.9, and a topic is memory, a look-up by its name and a walk through its subscribers for each of
 * them. From the fifth on all of them are on a topic, one for each wire format, until the group is empty again.
 */
export class GroupMembers {
  json = 0;
  msgpack = 0;
  readonly #key: GroupKey & { readonly feed: SymbolFeed };
  /** Undefined once the members are on topics. */
  #direct: GroupMember[] | undefined = [];
  #topics: Readonly<Record<WireFormat, Topic>> | undefined;

  constructor(key: GroupKey & { readonly feed: SymbolFeed }) {
    this.#key = key;
  }

  get size(): number {
    return this.json + this.msgpack;
  }

  get direct(): readonly GroupMember[] | undefined {
    return this.#direct;
  }

  add(member: GroupMember): void {
    this[member.format]++;
    if (this.#direct !== undefined && this.#direct.length < directSocketsMax) {
      this.#direct = [...this.#direct, member]; // an array that grew keeps 136 bytes of room
      return;
    }
    const topics = this.#namedTopics();
    for (const other of this.#direct ?? []) other.joinTopic(topics[other.format]);
    this.#direct = undefined;
    member.joinTopic(topics[member.format]);
  }

  remove(member: GroupMember): void {
    this[member.format]--;
    if (this.#direct === undefined) member.leaveTopic(this.#namedTopics()[member.format]);
    else this.#direct = this.#direct.filter((other) => other !== member);
  }

  /** Sends what `encode` makes to all; it is called once for each wire format that there is. */
  send(encode: (codec: Codec) => Frame, publish: Publish): void {
    if (this.json > 0) this.#sendAs(codecs.json, encode(codecs.json), publish);
    if (this.msgpack > 0) this.#sendAs(codecs.msgpack, encode(codecs.msgpack), publish);
  }

  #sendAs({ format, binary }: Codec, frame: Frame, publish: Publish): void {
    if (this.#direct === undefined) {
      publish(this.#namedTopics()[format], frame, binary);
      return;
    }
    for (const member of this.#direct) if (member.format === format) member.sendUnlessOverflowed(frame);
  }

  #namedTopics(): Readonly<Record<WireFormat, Topic>> {
    const { feed, classMs, phase, isRestricted } = this.#key;
    // What is delayed and what is not must never share a topic.
    const name = `${feed.symbol} ${feed.delayedMinutes} ${classMs} ${phase}${isRestricted ? ' restricted' : ''}`;
    this.#topics ??= { json: topicOf(`${name} json`), msgpack: topicOf(`${name} msgpack`) };
    return this.#topics;
  }
}
