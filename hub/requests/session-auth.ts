import type { Authenticator, Identity, Verdict } from '#hub/auth/authenticator.ts';
import type { Credential } from '#hub/auth/credentials.ts';
import type { HubCounts } from '#hub/counts.ts';
import type { TicketVerdict } from '#hub/nodes/tickets.ts';
import type { Session } from '#hub/session/session.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import type { AuthenticateMessage, ErrorCode, RequestId } from '#protocol/messages.ts';
import { createTokenExpiry, type ExpiryDeps, type ExpiryLimits, type TokenExpiry } from './token-expiry.ts';
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
export class SessionAuth {
  readonly #deps: SessionAuthDeps;
  readonly #limits: SessionAuthLimits;
  readonly #users = createUserSockets();
  readonly #expiry: TokenExpiry;
  /** Until when each has to show its token, of `elapsedMs`; in the order of these times. */
  readonly #waiting = new Map<Session, number>();
  /** Those without an identity, whatever they wait for. */
  readonly #unauthenticated = new Set<Session>();

  constructor(deps: SessionAuthDeps, limits: SessionAuthLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#expiry = createTokenExpiry(this.#deps, this.#limits);
  }

  /** Open sockets without an identity. */
  get unauthenticated(): number {
    return this.#unauthenticated.size;
  }

  /** What `welcome` says of it. */
  welcome({ credentials }: Session): { readonly authenticate_within_ms?: number } {
    const wantsToken = this.#deps.authenticator.anonymous === undefined && credentials === undefined;
    return wantsToken ? { authenticate_within_ms: this.#limits.authenticateWithinMs } : {};
  }

  /** The socket is open and was welcomed. */
  enter(session: Session): void {
    const { credentials } = session;
    session.credentials = undefined; // a secret is not kept for longer than needed
    const ticketed = credentials?.some(({ kind }) => kind === 'ticket') === true;
    session.identity = ticketed ? undefined : this.#deps.authenticator.anonymous;
    if (session.identity !== undefined) {
      this.#deps.admitted(session);
      return;
    }
    this.#unauthenticated.add(session);
    this.#waiting.set(session, this.#deps.elapsedMs() + this.#limits.authenticateWithinMs);
    const [only, another] = credentials ?? [];
    if (only === undefined) return;
    if (another === undefined) this.#deps.submit(session, requestOf(only));
    else this.#turnAway(session, 'invalid_token', 'Show one token or ticket, in one place', undefined);
  }

  async redeem(session: Session, { ticket }: RedeemRequest): Promise<void> {
    this.#waiting.delete(session);
    const span = session.trace?.begin('redeem');
    const verdict = await this.#deps.redeem(ticket);
    const outcome = session.open ? this.#conclude(session, verdict, undefined) : 'closed';
    span?.end({ 'tickwire.outcome': outcome });
  }

  async authenticate(session: Session, { token, id }: AuthenticateMessage): Promise<void> {
    this.#waiting.delete(session);
    const span = session.trace?.begin('authenticate');
    const verdict = await this.#deps.authenticator.verify(token);
    const outcome = session.open ? this.#conclude(session, verdict, id) : 'closed';
    span?.end({ 'tickwire.outcome': outcome });
  }

  leave(session: Session): void {
    this.#waiting.delete(session);
    this.#unauthenticated.delete(session);
    this.#expiry.forget(session);
    const user = session.identity?.user;
    if (user !== undefined) this.#users.leave(user);
  }

  /** To be called every half a second or so. */
  sweep(): void {
    for (const [session, until] of this.#waiting) {
      if (until > this.#deps.elapsedMs()) break;
      this.#waiting.delete(session);
      this.#deps.counts.authentications.late++;
      this.#deps.barrier.run(session, () => this.#endLate(session));
    }
    this.#deps.counts.authentications.expired += this.#expiry.sweep();
  }

  #accept(session: Session, identity: Identity, id: RequestId | undefined): void {
    session.identity = identity;
    this.#unauthenticated.delete(session);
    this.#expiry.watch(session, identity);
    const { expiresAt } = identity;
    session.answer({
      type: 'authenticated',
      ...(id !== undefined && { id }),
      ...(expiresAt !== Number.POSITIVE_INFINITY && { expires_at: new Date(expiresAt).toISOString() }),
    });
  }

  readonly #letIn = (session: Session, identity: Identity, id: RequestId | undefined): Outcome => {
    const { user, entitlements } = identity;
    if (user !== undefined && !this.#users.enter(user, entitlements.socketsMax)) {
      const problem = `The token allows ${entitlements.socketsMax} sockets; close one first`;
      return this.#turnAway(session, 'user_sockets', problem, id);
    }
    this.#deps.counts.authentications.accepted++;
    this.#accept(session, identity, id);
    this.#deps.admitted(session);
    return 'accepted';
  };

  readonly #refresh = (session: Session, identity: Identity, id: RequestId | undefined): Outcome => {
    if (identity.user !== session.identity?.user)
      return this.#refuseNew(
        session,
        'invalid_token',
        'A new token has to be of the same user; connect again',
        id,
      );
    this.#deps.counts.authentications.refreshed++;
    this.#accept(session, identity, id);
    this.#deps.entitlementsChanged(session);
    return 'refreshed';
  };

  /** The first token is the last chance, so that nobody can try tokens on one connection. */
  readonly #turnAway = (
    session: Session,
    code: TurnedAway,
    problem: string,
    id: RequestId | undefined,
  ): TurnedAway => {
    this.#deps.counts.authentications[code]++;
    session.refuse(code, problem, id === undefined ? {} : { id });
    session.end(closeCodes[closeReasons[code]], closeReasons[code]);
    return code;
  };

  /** The token before stays good until it expires. */
  readonly #refuseNew = (
    session: Session,
    code: TurnedAway,
    problem: string,
    id: RequestId | undefined,
  ): TurnedAway => {
    this.#deps.counts.authentications[code]++;
    if (code !== 'unavailable') session.malformed++;
    if (session.malformed > this.#limits.malformedMax)
      session.end(closeCodes.protocol_abuse, 'protocol_abuse');
    else session.refuse(code, problem, id === undefined ? {} : { id });
    return code;
  };

  #endLate(session: Session): void {
    session.refuse('not_authenticated', `No token came within ${this.#limits.authenticateWithinMs} ms`);
    session.end(closeCodes.unauthenticated, 'unauthenticated');
  }

  #conclude(session: Session, verdict: Verdict | TicketVerdict, id: RequestId | undefined): Outcome {
    const isFirst = session.identity === undefined;
    if (verdict.ok) return (isFirst ? this.#letIn : this.#refresh)(session, verdict.identity, id);
    return (isFirst ? this.#turnAway : this.#refuseNew)(session, verdict.code, verdict.problem, id);
  }
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
