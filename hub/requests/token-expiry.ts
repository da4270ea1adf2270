import type { Identity } from '#hub/auth/authenticator.ts';
import type { Session } from '#hub/session/session.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import { closeCodes } from '#protocol/close-codes.ts';

export interface ExpiryLimits {
  /** A client hears so long before its token expires; up to twice as long, so that not all refresh at once. */
  readonly expiryNoticeMs: number;
}

export interface ExpiryDeps {
  readonly barrier: Pick<SessionBarrier, 'run'>;
  /** Unix ms: a token is good until some time that its issuer's clock and ours will show. */
  readonly now: () => number;
  /** 0 … 1 */
  readonly random: () => number;
}

/** Tells clients that their tokens are about to expire, and closes the sockets of those that let it come to that. */
export interface TokenExpiry {
  /** The session has this token now. */
  watch(session: Session, identity: Identity): void;
  forget(session: Session): void;
  /** Looks at every token; 18,000 of them take 0.2 ms. Returns how many had expired. */
  sweep(): number;
}

/** Of the time that a token has left, the least that it is good for before its client is told. */
const quietShare = 0.75;

interface Watched {
  readonly expiresAt: number;
  /** Infinite once the client was told. */
  noticeAt: number;
}

export function createTokenExpiry({ barrier, now, random }: ExpiryDeps, limits: ExpiryLimits): TokenExpiry {
  const watched = new Map<Session, Watched>();

  const tell = (session: Session, expiresAt: number): void =>
    session.answer({
      type: 'token_expiring',
      expires_at: new Date(expiresAt).toISOString(),
      expires_in_ms: expiresAt - now(),
    });

  const end = (session: Session): void => {
    session.refuse('token_expired', 'The token has expired; connect again with a new one');
    session.end(closeCodes.token_expired, 'token_expired');
  };

  return {
    watch(session, { expiresAt }) {
      if (expiresAt === Number.POSITIVE_INFINITY) return;
      const leftMs = expiresAt - now();
      const noticeMs = Math.min(limits.expiryNoticeMs * (1 + random()), leftMs * (1 - quietShare));
      watched.set(session, { expiresAt, noticeAt: expiresAt - noticeMs });
    },
    forget(session) {
      watched.delete(session);
    },
    sweep() {
      let expired = 0;
      for (const [session, token] of watched) {
        if (now() >= token.expiresAt) {
          expired++;
          watched.delete(session);
          barrier.run(session, () => end(session));
        } else if (now() >= token.noticeAt) {
          token.noticeAt = Number.POSITIVE_INFINITY;
          barrier.run(session, () => tell(session, token.expiresAt));
        }
      }
      return expired;
    },
  };
}
