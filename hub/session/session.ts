import type { Identity } from '#hub/auth/authenticator.ts';
import type { Credential } from '#hub/auth/credentials.ts';
import type { HubCounts } from '#hub/counts.ts';
import type { DeliveryGroup } from '#hub/delivery/delivery-group.ts';
import { type GroupMember, nothingCoalesced, type SubscribedSymbol } from '#hub/delivery/group-member.ts';
import { type Restriction, restrictionOf } from '#hub/delivery/restriction.ts';
import { updateMessage } from '#hub/delivery/updates.ts';
import { droppedFrame, type HubSocket } from '#hub/listener/hub-socket.ts';
import type { Topic } from '#hub/listener/topic.ts';
import type { DelayMinutes } from '#hub/symbols/delay-classes.ts';
import type { Codec, Frame, WireFormat } from '#protocol/codec.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { ErrorCode, HubMessage, PriceUpdate, RequestId } from '#protocol/messages.ts';
import type { TokenBucket } from '#protocol/pacing/token-bucket.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { CatchUp } from './catch-up.ts';
import type { SessionTrace } from './session-trace.ts';
import { nextState, type SubscriberEvent, type SubscriberState } from './subscriber-state.ts';

/** Where a symbol of a session stands: on a group, or behind it. */
export type Attachment = DeliveryGroup | CatchUp;

/** One client's connection. Many thousands live in a process: what few need is allocated when needed. */
export class Session implements GroupMember {
  /* First what each update needs: it is in the same line of memory. */
  readonly codec: Codec;
  #socket: HubSocket | undefined;
  #state: SubscriberState = 'live';
  /** The first of its updates in the round that is being sent; owned by `coalesced-frames.ts`. */
  coalescedFrom: number = nothingCoalesced;
  /** Counts up in this process; spreads sessions over phases. */
  readonly number: number;
  readonly id: string;
  /** The client's network address, as text. */
  readonly address: string;
  /** The symbols that the client holds; one entry each. */
  readonly attachments = new Map<StockSymbol, Attachment>();
  /** Those of the attachments that are behind; undefined while there are none. */
  catchUps: Set<CatchUp> | undefined;
  /** What the handshake showed, until the gate has looked at it; undefined when that was nothing. */
  credentials: readonly Credential[] | undefined;
  #identity: Identity | undefined;
  /** How often the client may get a symbol's updates, and when; undefined: it may have every one. */
  restriction: Restriction | undefined;
  /** Spends what the client sends; undefined before its first message. */
  rate: TokenBucket | undefined;
  /** Its spans; undefined where the connection is not recorded. */
  trace: SessionTrace | undefined;
  /** Sources that it was told to be silent, and not yet to be back; undefined while there are none. Owned by `staleness.ts`. */
  silentSources: Set<string> | undefined;
  /** Messages that were no messages, so far. */
  malformed = 0;
  /** The request being worked on: the next one waits for it. Undefined when there is none. */
  request: Promise<void> | undefined;
  /** Requests under way or waiting. */
  requests = 0;
  readonly counts: HubCounts;

  constructor(number: number, id: string, codec: Codec, address: string, counts: HubCounts) {
    this.number = number;
    this.id = id;
    this.codec = codec;
    this.address = address;
    this.counts = counts;
  }

  /** Who the client is and what it may have; undefined until it has shown a token, where the hub wants one. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  set identity(identity: Identity | undefined) {
    this.#identity = identity;
    this.restriction = identity && restrictionOf(identity);
  }

  /** What the client gets just now, and from whom. */
  get state(): SubscriberState {
    return this.#state;
  }

  /** Changes the state, and counts who is slow. @throws Error when that can not happen in the present state */
  happened(event: SubscriberEvent): void {
    const before = this.#state;
    this.#state = nextState(before, event);
    if (this.#state === before) return;
    const { slow } = this.counts;
    if (before === 'conflated' || before === 'snapshot_only') slow[before]--;
    if (this.#state === 'conflated' || this.#state === 'snapshot_only') slow[this.#state]++;
  }

  get format(): WireFormat {
    return this.codec.format;
  }

  /** False once the socket is closed: what was awaited meanwhile has nobody to answer. */
  get open(): boolean {
    return this.#socket !== undefined;
  }

  /** How late the client gets everything, by what it is entitled to; 0 = at once. */
  get delayedMinutes(): DelayMinutes {
    return this.identity?.entitlements.delayedMinutes ?? 0;
  }

  /** Bytes that wait for the client to read. */
  get bufferedBytes(): number {
    return this.#socket?.getBufferedAmount() ?? 0;
  }

  opened(socket: HubSocket): void {
    this.#socket = socket;
  }

  closed(): void {
    this.#socket = undefined;
    this.happened('closes');
  }

  /** Sends an answer or a notice; when the client is too slow even for that, `slow-consumers.ts` ends the session. */
  answer(message: HubMessage): void {
    if (!this.send(message)) this.happened('loses_answer');
  }

  /** Answers with an `error`. */
  refuse(
    code: ErrorCode,
    problem: string,
    details: { readonly symbol?: string; readonly id?: RequestId } = {},
  ): void {
    this.counts.clientErrors[code] = (this.counts.clientErrors[code] ?? 0) + 1;
    this.answer({ type: 'error', code, message: problem, ...details });
  }

  /** Sends a message; false when it was dropped because too much waits for the client already. */
  send(message: HubMessage): boolean {
    return this.#socket === undefined || this.sendFrame(this.codec.encode(message));
  }

  /** The same for a frame that is encoded already, in this session's format. */
  sendFrame(frame: Frame): boolean {
    return this.#socket?.send(frame, this.codec.binary) !== droppedFrame;
  }

  /** Sends what a group has for this socket; nothing once a frame was dropped: nothing may follow what is missing. */
  sendUnlessOverflowed(frame: Frame): void {
    if (this.#state === 'live' || this.#state === 'catching_up') this.sendFrame(frame);
  }

  /** Sends one update to this socket alone; false when it was dropped. */
  sendUpdate(subscription: SubscribedSymbol, update: PriceUpdate): boolean {
    const message = updateMessage(subscription.feed.symbol, update);
    return this.sendUpdateFrame(subscription.classMs, this.codec.encode(message), 1);
  }

  /** The same for an encoded frame of `updates`. */
  sendUpdateFrame(classMs: FrequencyClassMs, frame: Frame, updates: number): boolean {
    if (!this.sendFrame(frame)) return false;
    this.counts.delivered[this.format][classMs] += updates;
    return true;
  }

  joinTopic(topic: Topic): void {
    this.#socket?.subscribe(topic);
  }

  leaveTopic(topic: Topic): void {
    this.#socket?.unsubscribe(topic);
  }

  /** Everything sent inside `work` goes out in one write. */
  corked(work: () => void): void {
    this.#socket?.cork(work);
  }

  end(code: number, reason: string): void {
    this.#socket?.end(code, Buffer.from(reason));
  }
}
