import { endOfReply, incomplete, malformed } from './resp.ts';

/** Where a message lies in the bytes that came from Redis. */
export interface MessagePlace {
  channelAt: number;
  channelEnd: number;
  payloadAt: number;
  payloadEnd: number;
}

/** Gets the messages. */
export interface MessageListener {
  /** One message. `bytes` and `place` are valid during the call only. */
  message(bytes: Buffer, place: Readonly<MessagePlace>): void;
  /** A message that is too large to be any of ours; it was passed over without being kept. */
  oversized(): void;
}

/** Gets everything else. */
export interface ReplyListener {
  /** One or more whole replies that are no messages. */
  replies(bytes: Buffer): void;
  /** What came is not Redis' protocol, or too large; nothing more is read. */
  broken(): void;
}

/**
 * A longer message is none of ours: a group message has at most 32 KB and one tick more, whose payload is at most 132 KB.
 * Somebody else's must not cost the connection, on which all other symbols are heard.
 */
export const messageBytesMax = 262_144;

/** A reply larger than this is none that a subscriber ever asked for. */
const replyBytesMax = 1 << 20;
const digitsMax = 9;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const dollar = 0x24;
const zero = 0x30;
const noBytes = Buffer.alloc(0);

/**
 * Takes the messages out of what Redis sends to a subscriber (RESP2) without making anything of them: no
 * buffer, no text, no list. All other replies go on as they are, in their place between the messages.
 */
export class PushTap {
  /** What a message begins with, up to the length of its channel. */
  readonly #head: Uint8Array;
  readonly #messages: MessageListener;
  readonly #others: ReplyListener;
  readonly #place: MessagePlace = { channelAt: 0, channelEnd: 0, payloadAt: 0, payloadEnd: 0 };
  /** Where the next part of a message is read. */
  #at = 0;
  /** The beginning of a reply whose rest has yet to come. */
  #rest: Buffer = noBytes;
  /** Bytes of an oversized message that have yet to come. */
  #toSkip = 0;
  #broken = false;

  /** @param kind `smessage` where channels are sharded */
  constructor(kind: 'message' | 'smessage', messages: MessageListener, others: ReplyListener) {
    this.#head = Buffer.from(`*3\r\n$${kind.length}\r\n${kind}\r\n$`);
    this.#messages = messages;
    this.#others = others;
  }

  /** What came from the socket next, cut off anywhere. */
  read(chunk: Buffer): void {
    if (this.#broken) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = noBytes;
    let at = 0;
    while (at < bytes.length) {
      if (this.#toSkip > 0) {
        const skipped = Math.min(this.#toSkip, bytes.length - at);
        this.#toSkip -= skipped;
        at += skipped;
        continue;
      }
      const end = this.#isMessage(bytes, at) ? this.#readMessage(bytes, at) : this.#passOn(bytes, at);
      if (end < 0) {
        this.#keep(bytes.subarray(at), end);
        return;
      }
      at = end;
    }
  }

  #isMessage(bytes: Buffer, at: number): boolean {
    const head = this.#head;
    if (at + head.length > bytes.length) return false;
    for (let i = 0; i < head.length; i++) if (bytes[at + i] !== head[i]) return false;
    return true;
  }

  /** Returns the offset after the message. */
  #readMessage(bytes: Buffer, at: number): number {
    const place = this.#place;
    this.#at = at + this.#head.length;
    const channelLength = this.#readLength(bytes);
    if (channelLength < 0) return channelLength;
    place.channelAt = this.#at;
    place.channelEnd = place.channelAt + channelLength;
    if (place.channelEnd + 2 >= bytes.length) return incomplete;
    if (bytes[place.channelEnd + 2] !== dollar) return malformed;
    this.#at = place.channelEnd + 3;
    const payloadLength = this.#readLength(bytes);
    if (payloadLength < 0) return payloadLength;
    if (payloadLength > messageBytesMax) {
      this.#toSkip = payloadLength + 2;
      this.#messages.oversized();
      return this.#at;
    }
    place.payloadAt = this.#at;
    place.payloadEnd = place.payloadAt + payloadLength;
    if (place.payloadEnd + 2 > bytes.length) return incomplete;
    this.#messages.message(bytes, place);
    return place.payloadEnd + 2;
  }

  /** The length written at `#at`, which moves behind it; or `incomplete`, or `malformed`. */
  #readLength(bytes: Buffer): number {
    const start = this.#at;
    let length = 0;
    for (let at = start; at + 1 < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === carriageReturn) {
        this.#at = at + 2;
        return at > start && bytes[at + 1] === lineFeed ? length : malformed;
      }
      if (byte < zero || byte > zero + 9 || at - start === digitsMax) return malformed;
      length = 10 * length + byte - zero;
    }
    return incomplete;
  }

  /** Passes on the replies up to the next message and returns the offset after them. */
  #passOn(bytes: Buffer, start: number): number {
    let at = start;
    let end = endOfReply(bytes, at);
    while (end > 0) {
      at = end;
      end = this.#isMessage(bytes, at) ? 0 : endOfReply(bytes, at);
    }
    if (at === start) return end;
    this.#others.replies(bytes.subarray(start, at));
    return at;
  }

  #keep(rest: Buffer, why: number): void {
    if (why === incomplete && rest.length <= replyBytesMax) {
      this.#rest = rest;
      return;
    }
    this.#broken = true;
    this.#others.broken();
  }
}
