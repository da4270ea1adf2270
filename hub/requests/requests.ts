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
import { TokenBucket } from '#protocol/pacing/token-bucket.ts';
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

/** Takes a client's frames: checks size, rate and form, and has each request done in its order. */
export interface Requests {
  /** `bytes` are only read before this returns. */
  receive(session: Session, bytes: Uint8Array, binary: boolean): void;
  /** The token, or the ticket, was in the handshake. */
  authenticate(session: Session, request: AuthenticateMessage | RedeemRequest): void;
}

/** What has to be done in its order. */
type Request = SubscribeMessage | UnsubscribeMessage | AuthenticateMessage | RedeemRequest;

export interface RequestsDeps {
  readonly subscriptions: Subscriptions;
  readonly sessionAuth: Pick<SessionAuth, 'authenticate' | 'redeem'>;
  readonly backlog: RequestBacklog;
  readonly barrier: SessionBarrier;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
}

export function createRequests(deps: RequestsDeps, limits: RequestLimits): Requests {
  const { subscriptions, sessionAuth, backlog, barrier, now } = deps;
  const held = new HeldMessages(limits);
  /** One large request always passes, and the next waits until it is paid for. */
  const rate = { perSecond: limits.messagesPerSecond, burst: 2 * limits.messagesPerSecond };

  const withinRate = (session: Session, bytes: number): boolean => {
    session.rate ??= new TokenBucket(rate, now());
    if (session.rate.takeOnCredit(now(), receivingCost(session, bytes))) return true;
    if (session.rate.refused > limits.refusedMax) session.end(closeCodes.rate_abuse, 'rate_abuse');
    else
      session.refuse(
        'rate_limited',
        `More than ${limits.messagesPerSecond} messages a second, large ones counted as several; this one was ignored`,
      );
    return false;
  };

  const malformed = (
    session: Session,
    code: 'bad_message' | 'wrong_frame',
    problem: string,
    id?: string | number,
  ): void => {
    session.malformed++;
    if (session.malformed > limits.malformedMax) session.end(closeCodes.protocol_abuse, 'protocol_abuse');
    else session.refuse(code, problem, id === undefined ? {} : { id });
  };

  const isWithinBytes = (session: Session, bytes: number): boolean => {
    const bytesMax =
      session.identity === undefined
        ? Math.min(limits.earlyBytesMax, limits.messageBytesMax)
        : limits.messageBytesMax;
    if (bytes <= bytesMax) return true;
    const advice = session.identity === undefined ? 'show your token first' : 'split the request';
    session.refuse('message_too_large', `A message may have ${bytesMax} bytes; ${advice}`);
    session.end(closeCodes.message_too_large, 'message_too_large');
    return false;
  };

  /** Its token is being looked at: what comes behind it is not read before. */
  const hold = (session: Session, settled: Promise<void>, bytes: Uint8Array, binary: boolean): void => {
    const isFirst = !held.has(session);
    if (held.hold(session, bytes, binary)) {
      if (isFirst) void settled.then(() => barrier.run(session, () => release(session)));
    } else if (withinRate(session, bytes.length))
      session.refuse('rate_limited', 'Too much waits for your token to be checked; this message was ignored');
  };

  const release = (session: Session): void => {
    for (const { bytes, binary } of held.take(session)) if (session.open) receive(session, bytes, binary);
  };

  const handle = (session: Session, message: ClientMessage): void => {
    switch (message.type) {
      case 'ping':
        session.answer({ type: 'pong', ...(message.id !== undefined && { id: message.id }) });
        return;
      case 'subscribe':
      case 'unsubscribe':
      case 'authenticate':
        inOrder(session, message);
        return;
      default:
        assertNever(message);
    }
  };

  /** A subscribe may have to wait for the fanout, a token to be checked; what comes after waits for it. */
  const inOrder = (session: Session, message: Request): void => {
    if (session.requests >= limits.requestsWaitingMax) {
      session.refuse('rate_limited', 'Too many requests wait for an answer; this one was ignored');
      return;
    }
    const waitsFor = session.request ?? backlog.run(() => perform(session, message));
    if (waitsFor === undefined) return; // done already
    session.requests++;
    const done = session.request === undefined ? waitsFor : waitsFor.then(() => perform(session, message));
    session.request = done.finally(() => {
      session.requests--;
      if (session.requests === 0) session.request = undefined;
    });
  };

  /** Neither throws nor rejects: it may be called when nobody is there to hear of it any more. */
  const perform = (session: Session, message: Request): Promise<void> | undefined => {
    if (!session.open) return undefined;
    try {
      return performed(session, message)?.catch((error: unknown) => barrier.failed(session, error));
    } catch (error) {
      barrier.failed(session, error);
      return undefined;
    }
  };

  const performed = (session: Session, message: Request): Promise<void> | undefined => {
    if (message.type === 'authenticate') return sessionAuth.authenticate(session, message);
    if (message.type === 'redeem') return sessionAuth.redeem(session, message);
    if (session.identity === undefined) {
      const details = message.id === undefined ? {} : { id: message.id };
      session.refuse('not_authenticated', 'Show a token first: {"type":"authenticate","token":"…"}', details);
      return undefined;
    }
    if (message.type === 'subscribe') return subscriptions.subscribe(session, message);
    subscriptions.unsubscribe(session, message);
    return undefined;
  };

  const read = (session: Session, bytes: Uint8Array, binary: boolean): void => {
    if (binary !== session.codec.binary) {
      const expected = session.codec.binary ? 'binary' : 'text';
      malformed(session, 'wrong_frame', `${session.codec.subprotocol} uses ${expected} frames`);
      return;
    }
    const decoded = session.codec.decode(bytes);
    if (!decoded.ok) {
      const format = session.format === 'json' ? 'JSON' : 'MessagePack';
      malformed(session, 'bad_message', `The message is not valid ${format}`);
      return;
    }
    const parsed = parseClientMessage(decoded.value);
    if (parsed.ok) {
      session.rate?.charge(workCost(parsed.message, session));
      handle(session, parsed.message);
    } else if (parsed.code === 'bad_message') malformed(session, 'bad_message', parsed.problem, parsed.id);
    else session.refuse(parsed.code, parsed.problem, parsed.id === undefined ? {} : { id: parsed.id });
  };

  const receive = (session: Session, bytes: Uint8Array, binary: boolean): void => {
    if (session.identity === undefined && session.request !== undefined)
      hold(session, session.request, bytes, binary);
    else if (session.malformed > limits.malformedMax)
      session.end(closeCodes.protocol_abuse, 'protocol_abuse'); // by the invalid names of a request before
    else if (isWithinBytes(session, bytes.length) && withinRate(session, bytes.length))
      read(session, bytes, binary);
  };

  return { authenticate: inOrder, receive };
}
