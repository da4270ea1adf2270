import { HeldMessages, type HeldMessagesLimits } from '#hub/session/held-messages.ts';
import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import { parseClientMessage } from '#protocol/client-message.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import type {
  AuthenticateMessage,
  ClientMessage,
  SubscribeMessage,
  UnsubscribeMessage,
} from '#protocol/messages.ts';
import { TokenBucket, type TokenBucketLimits } from '#protocol/pacing/token-bucket.ts';
import { assertNever } from '#runtime/assert-never.ts';
import type { RequestBacklog } from './request-backlog.ts';
import { receivingCost, workCost } from './request-cost.ts';
import type { RedeemRequest, SessionAuth } from './session-auth.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface RequestLimits extends HeldMessagesLimits {
  /** Bytes of one message from a client. */
  readonly messageBytesMax: number;
  /** Bytes of one message from a client that has shown no token yet: a token, and little around it. */
  readonly earlyBytesMax: number;
  /** What a socket may send; a message that makes much work counts as several (`request-cost.ts`). */
  readonly messagesPerSecond: number;
  /** Subscribes and unsubscribes of one socket that may wait for the one being worked on. */
  readonly requestsWaitingMax: number;
  /** Malformed messages after which a socket is closed. */
  readonly malformedMax: number;
  /** Messages refused for coming too fast, less those taken since, beyond which a socket is closed. */
  readonly refusedMax: number;
}

/** What has to be done in its order. */
type Request = SubscribeMessage | UnsubscribeMessage | AuthenticateMessage | RedeemRequest;

export interface RequestsDeps {
  readonly subscriptions: Pick<Subscriptions, 'subscribe' | 'unsubscribe'>;
  readonly sessionAuth: Pick<SessionAuth, 'authenticate' | 'redeem'>;
  readonly backlog: RequestBacklog;
  readonly barrier: SessionBarrier;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
}

/** Takes a client's frames: checks size, rate and form, and has each request done in its order. */
export class Requests {
  readonly #deps: RequestsDeps;
  readonly #limits: RequestLimits;
  readonly #held: HeldMessages;
  /** One large request always passes, and the next waits until it is paid for. */
  readonly #rate: TokenBucketLimits;

  constructor(deps: RequestsDeps, limits: RequestLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#held = new HeldMessages(limits);
    this.#rate = { perSecond: limits.messagesPerSecond, burst: 2 * limits.messagesPerSecond };
  }

  /** The token, or the ticket, was in the handshake. */
  authenticate(session: Session, request: AuthenticateMessage | RedeemRequest): void {
    this.#inOrder(session, request);
  }

  #withinRate(session: Session, bytes: number): boolean {
    session.rate ??= new TokenBucket(this.#rate, this.#deps.now());
    if (session.rate.takeOnCredit(this.#deps.now(), receivingCost(session, bytes))) return true;
    if (session.rate.refused > this.#limits.refusedMax) session.end(closeCodes.rate_abuse, 'rate_abuse');
    else
      session.refuse(
        'rate_limited',
        `More than ${this.#limits.messagesPerSecond} messages a second, large ones counted as several; this one was ignored`,
      );
    return false;
  }

  #malformed(
    session: Session,
    code: 'bad_message' | 'wrong_frame',
    problem: string,
    id?: string | number,
  ): void {
    session.malformed++;
    if (session.malformed > this.#limits.malformedMax)
      session.end(closeCodes.protocol_abuse, 'protocol_abuse');
    else session.refuse(code, problem, id === undefined ? {} : { id });
  }

  #isWithinBytes(session: Session, bytes: number): boolean {
    const bytesMax =
      session.identity === undefined
        ? Math.min(this.#limits.earlyBytesMax, this.#limits.messageBytesMax)
        : this.#limits.messageBytesMax;
    if (bytes <= bytesMax) return true;
    const advice = session.identity === undefined ? 'show your token first' : 'split the request';
    session.refuse('message_too_large', `A message may have ${bytesMax} bytes; ${advice}`);
    session.end(closeCodes.message_too_large, 'message_too_large');
    return false;
  }

  /** Its token is being looked at: what comes behind it is not read before. */
  #hold(session: Session, settled: Promise<void>, bytes: Uint8Array, binary: boolean): void {
    const isFirst = !this.#held.has(session);
    if (this.#held.hold(session, bytes, binary)) {
      if (isFirst) void settled.then(() => this.#deps.barrier.run(session, () => this.#release(session)));
    } else if (this.#withinRate(session, bytes.length))
      session.refuse('rate_limited', 'Too much waits for your token to be checked; this message was ignored');
  }

  #release(session: Session): void {
    for (const { bytes, binary } of this.#held.take(session))
      if (session.open) this.receive(session, bytes, binary);
  }

  #handle(session: Session, message: ClientMessage): void {
    switch (message.type) {
      case 'ping':
        session.answer({ type: 'pong', ...(message.id !== undefined && { id: message.id }) });
        return;
      case 'subscribe':
      case 'unsubscribe':
      case 'authenticate':
        this.#inOrder(session, message);
        return;
      default:
        assertNever(message);
    }
  }

  /** A subscribe may have to wait for the fanout, a token to be checked; what comes after waits for it. */
  #inOrder(session: Session, message: Request): void {
    if (session.requests >= this.#limits.requestsWaitingMax) {
      session.refuse('rate_limited', 'Too many requests wait for an answer; this one was ignored');
      return;
    }
    const waitsFor = session.request ?? this.#deps.backlog.run(() => this.#perform(session, message));
    if (waitsFor === undefined) return; // done already
    session.requests++;
    const done =
      session.request === undefined ? waitsFor : waitsFor.then(() => this.#perform(session, message));
    session.request = done.finally(() => {
      session.requests--;
      if (session.requests === 0) session.request = undefined;
    });
  }

  /** Neither throws nor rejects: it may be called when nobody is there to hear of it any more. */
  #perform(session: Session, message: Request): Promise<void> | undefined {
    if (!session.open) return undefined;
    try {
      return this.#performed(session, message)?.catch((error: unknown) =>
        this.#deps.barrier.failed(session, error),
      );
    } catch (error) {
      this.#deps.barrier.failed(session, error);
      return undefined;
    }
  }

  #performed(session: Session, message: Request): Promise<void> | undefined {
    if (message.type === 'authenticate') return this.#deps.sessionAuth.authenticate(session, message);
    if (message.type === 'redeem') return this.#deps.sessionAuth.redeem(session, message);
    if (session.identity === undefined) {
      const details = message.id === undefined ? {} : { id: message.id };
      session.refuse('not_authenticated', 'Show a token first: {"type":"authenticate","token":"…"}', details);
      return undefined;
    }
    if (message.type === 'subscribe') return this.#deps.subscriptions.subscribe(session, message);
    this.#deps.subscriptions.unsubscribe(session, message);
    return undefined;
  }

  #read(session: Session, bytes: Uint8Array, binary: boolean): void {
    if (binary !== session.codec.binary) {
      const expected = session.codec.binary ? 'binary' : 'text';
      this.#malformed(session, 'wrong_frame', `${session.codec.subprotocol} uses ${expected} frames`);
      return;
    }
    const decoded = session.codec.decode(bytes);
    if (!decoded.ok) {
      const format = session.format === 'json' ? 'JSON' : 'MessagePack';
      this.#malformed(session, 'bad_message', `The message is not valid ${format}`);
      return;
    }
    const parsed = parseClientMessage(decoded.value);
    if (parsed.ok) {
      session.rate?.charge(workCost(parsed.message, session));
      this.#handle(session, parsed.message);
    } else if (parsed.code === 'bad_message')
      this.#malformed(session, 'bad_message', parsed.problem, parsed.id);
    else session.refuse(parsed.code, parsed.problem, parsed.id === undefined ? {} : { id: parsed.id });
  }

  /** `bytes` are only read before this returns. */
  receive(session: Session, bytes: Uint8Array, binary: boolean): void {
    if (session.identity === undefined && session.request !== undefined)
      this.#hold(session, session.request, bytes, binary);
    else if (session.malformed > this.#limits.malformedMax)
      session.end(closeCodes.protocol_abuse, 'protocol_abuse'); // by the invalid names of a request before
    else if (this.#isWithinBytes(session, bytes.length) && this.#withinRate(session, bytes.length))
      this.#read(session, bytes, binary);
  }
}
