import type { Authenticator, Identity, Verdict } from '#hub/auth/authenticator.ts';
import type { Credential } from '#hub/auth/credentials.ts';
import type { HubCounts } from '#hub/counts.ts';
import type { TicketVerdict } from '#hub/nodes/tickets.ts';
import type { Session } from '#hub/session/session.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import type { AuthenticateMessage, ErrorCode, RequestId } from '#protocol/messages.ts';
import { createTokenExpiry, type ExpiryDeps, type ExpiryLimits } from './token-expiry.ts';
import { createUserSockets } from './user-sockets.ts';

export interface SessionAuthLimits extends ExpiryLimits {
  /** A socket that has shown no token by then is closed. */
  readonly authenticateWithinMs: number;
  /** New tokens refused, and malformed messages, after which a socket is closed. */
  readonly malformedMax: number;
}

export interface SessionAuthDeps extends ExpiryDeps {
  readonly authenticator: Authenticator;
  /** Milliseconds since some time in the past; never goes back. */
  readonly elapsedMs: () => number;
  readonly counts: HubCounts;
  /** A session is let in: what it was not to know before is to be told. */
  readonly admitted: (session: Session) => void;
  /** A session has another token: what it holds is to be brought in line with it. */
  readonly entitlementsChanged: (session: Session) => void;
  /** Has the message worked on in its order, as if it had come over the socket. */
  readonly submit: (session: Session, message: AuthenticateMessage | RedeemRequest) => void;
  /** What a ticket says of who has it; it is used up. Never rejects. */
  readonly redeem: (ticket: string) => Promise<TicketVerdict>;
}

/** The ticket in a handshake, to be worked on before what the client sends. */
export interface RedeemRequest {
  readonly type: 'redeem';
  readonly ticket: string;
}

/** Gives sessions their identity, and takes the socket from those that have none in time, or no longer. */
export interface SessionAuth {
  /** Open sockets without an identity. */
  readonly unauthenticated: number;
  /** What `welcome` says of it. */
  welcome(session: Session): { readonly authenticate_within_ms?: number };
  /** The socket is open and was welcomed. */
  enter(session: Session): void;
  authenticate(session: Session, message: AuthenticateMessage): Promise<void>;
  redeem(session: Session, request: RedeemRequest): Promise<void>;
  leave(session: Session): void;
  /** To be called every half a second or so. */
  sweep(): void;
}

export function createSessionAuth(deps: SessionAuthDeps, limits: SessionAuthLimits): SessionAuth {
  const { authenticator, barrier, elapsedMs, submit } = deps;
  const { authentications } = deps.counts;
  const users = createUserSockets();
  const expiry = createTokenExpiry(deps, limits);
  /** Until when each has to show its token, of `elapsedMs`; in the order of these times. */
  const waiting = new Map<Session, number>();
  /** Those without an identity, whatever they wait for. */
  const unauthenticated = new Set<Session>();

  const accept = (session: Session, identity: Identity, id: RequestId | undefined): void => {
    session.identity = identity;
    unauthenticated.delete(session);
    expiry.watch(session, identity);
    const { expiresAt } = identity;
    session.answer({
      type: 'authenticated',
      ...(id !== undefined && { id }),
      ...(expiresAt !== Number.POSITIVE_INFINITY && { expires_at: new Date(expiresAt).toISOString() }),
    });
  };

  const letIn = (session: Session, identity: Identity, id: RequestId | undefined): Outcome => {
    const { user, entitlements } = identity;
    if (user !== undefined && !users.enter(user, entitlements.socketsMax)) {
      const problem = `The token allows ${entitlements.socketsMax} sockets; close one first`;
      return turnAway(session, 'user_sockets', problem, id);
    }
    authentications.accepted++;
    accept(session, identity, id);
    deps.admitted(session);
    return 'accepted';
  };

  const refresh = (session: Session, identity: Identity, id: RequestId | undefined): Outcome => {
    if (identity.user !== session.identity?.user)
      return refuseNew(session, 'invalid_token', 'A new token has to be of the same user; connect again', id);
    authentications.refreshed++;
    accept(session, identity, id);
    deps.entitlementsChanged(session);
    return 'refreshed';
  };

  /** The first token is the last chance, so that nobody can try tokens on one connection. */
  const turnAway = (
    session: Session,
    code: TurnedAway,
    problem: string,
    id: RequestId | undefined,
  ): TurnedAway => {
    authentications[code]++;
    session.refuse(code, problem, id === undefined ? {} : { id });
    session.end(closeCodes[closeReasons[code]], closeReasons[code]);
    return code;
  };

  /** The token before stays good until it expires. */
  const refuseNew = (
    session: Session,
    code: TurnedAway,
    problem: string,
    id: RequestId | undefined,
  ): TurnedAway => {
    authentications[code]++;
    if (code !== 'unavailable') session.malformed++;
    if (session.malformed > limits.malformedMax) session.end(closeCodes.protocol_abuse, 'protocol_abuse');
    else session.refuse(code, problem, id === undefined ? {} : { id });
    return code;
  };

  const endLate = (session: Session): void => {
    session.refuse('not_authenticated', `No token came within ${limits.authenticateWithinMs} ms`);
    session.end(closeCodes.unauthenticated, 'unauthenticated');
  };

  const conclude = (
    session: Session,
    verdict: Verdict | TicketVerdict,
    id: RequestId | undefined,
  ): Outcome => {
    const isFirst = session.identity === undefined;
    if (verdict.ok) return (isFirst ? letIn : refresh)(session, verdict.identity, id);
    return (isFirst ? turnAway : refuseNew)(session, verdict.code, verdict.problem, id);
  };

  return {
    get unauthenticated() {
      return unauthenticated.size;
    },
    welcome({ credentials }) {
      const wantsToken = authenticator.anonymous === undefined && credentials === undefined;
      return wantsToken ? { authenticate_within_ms: limits.authenticateWithinMs } : {};
    },
    enter(session) {
      const { credentials } = session;
      session.credentials = undefined; // a secret is not kept for longer than needed
      const ticketed = credentials?.some(({ kind }) => kind === 'ticket') === true;
      session.identity = ticketed ? undefined : authenticator.anonymous;
      if (session.identity !== undefined) {
        deps.admitted(session);
        return;
      }
      unauthenticated.add(session);
      waiting.set(session, elapsedMs() + limits.authenticateWithinMs);
      const [only, another] = credentials ?? [];
      if (only === undefined) return;
      if (another === undefined) submit(session, requestOf(only));
      else turnAway(session, 'invalid_token', 'Show one token or ticket, in one place', undefined);
    },
    async redeem(session, { ticket }) {
      waiting.delete(session);
      const span = session.trace?.begin('redeem');
      const verdict = await deps.redeem(ticket);
      const outcome = session.open ? conclude(session, verdict, undefined) : 'closed';
      span?.end({ 'tickwire.outcome': outcome });
    },
    async authenticate(session, { token, id }) {
      waiting.delete(session);
      const span = session.trace?.begin('authenticate');
      const verdict = await authenticator.verify(token);
      const outcome = session.open ? conclude(session, verdict, id) : 'closed';
      span?.end({ 'tickwire.outcome': outcome });
    },
    leave(session) {
      waiting.delete(session);
      unauthenticated.delete(session);
      expiry.forget(session);
      const user = session.identity?.user;
      if (user !== undefined) users.leave(user);
    },
    sweep() {
      for (const [session, until] of waiting) {
        if (until > elapsedMs()) break;
        waiting.delete(session);
        authentications.late++;
        barrier.run(session, () => endLate(session));
      }
      authentications.expired += expiry.sweep();
    },
  };
}

function requestOf({ kind, secret }: Credential): AuthenticateMessage | RedeemRequest {
  return kind === 'token' ? { type: 'authenticate', token: secret } : { type: 'redeem', ticket: secret };
}

/** What became of a token; how many there were of each is in `counts.authentications`. */
type Outcome = TurnedAway | 'accepted' | 'refreshed';

type TurnedAway = Extract<
  ErrorCode,
  'invalid_token' | 'invalid_ticket' | 'token_expired' | 'unavailable' | 'user_sockets'
>;

const closeReasons = {
  invalid_token: 'unauthenticated',
  invalid_ticket: 'invalid_ticket',
  token_expired: 'token_expired',
  unavailable: 'internal_error',
  user_sockets: 'user_sockets',
} as const satisfies Record<TurnedAway, keyof typeof closeCodes>;
