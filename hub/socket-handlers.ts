import { randomUUID } from 'node:crypto';
import type { Codec } from '#protocol/codec.ts';
import { refusal } from '#runtime/http/answer.ts';
import type { Admission } from './admission/admission.ts';
import type { Credential } from './auth/credentials.ts';
import { createHandshake, type HandshakeDeps, type HandshakeLimits } from './http/handshake.ts';
import type { SocketHandlers } from './listener/listener.ts';
import type { Heartbeats } from './liveness/heartbeats.ts';
import type { SlowConsumers } from './recovery/slow-consumers.ts';
import type { Requests } from './requests/requests.ts';
import type { SessionAuth } from './requests/session-auth.ts';
import type { Subscriptions } from './requests/subscriptions.ts';
import { type WelcomeLimits, welcomeTo } from './requests/welcome.ts';
import { Session } from './session/session.ts';
import type { SessionBarrier } from './session/session-barrier.ts';

export interface SocketHandlersDeps extends Omit<HandshakeDeps, 'create' | 'unauthenticated'> {
  readonly admission: Admission;
  readonly barrier: SessionBarrier;
  /** The open ones; kept here. */
  readonly sessions: Set<Session>;
  /** Names the process in `welcome`. */
  readonly node: string;
  readonly sessionAuth: SessionAuth;
  readonly heartbeats: Heartbeats;
  readonly slowConsumers: SlowConsumers;
  readonly requests: Requests;
  readonly subscriptions: Subscriptions;
}

/** What happens to a client's socket from its handshake to its end: each part that keeps something of it is told, behind the barrier. */
export function createSocketHandlers(
  deps: SocketHandlersDeps,
  limits: HandshakeLimits & WelcomeLimits,
): SocketHandlers<Session> {
  const {
    admission,
    barrier,
    counts,
    sessionAuth,
    heartbeats,
    slowConsumers,
    node,
    requests,
    sessions,
    subscriptions,
  } = deps;
  let created = 0;
  const create = (codec: Codec, address: string, credentials: readonly Credential[]): Session => {
    const session = new Session(created++, randomUUID(), codec, address, counts);
    if (credentials.length > 0) session.credentials = credentials;
    return session;
  };
  const handshake = createHandshake(
    { ...deps, create, unauthenticated: () => sessionAuth.unauthenticated },
    limits,
  );
  return {
    handshake(request) {
      try {
        return handshake(request);
      } catch (error) {
        barrier.requestFailed(error);
        return { accepted: false, answer: refusal(500, 'The socket could not be opened; this was logged') };
      }
    },
    opened(session, socket) {
      session.opened(socket);
      sessions.add(session);
      counts.sockets++;
      barrier.run(session, () => {
        heartbeats.join(session);
        session.answer({ ...welcomeTo(session, node, limits), ...sessionAuth.welcome(session) });
        sessionAuth.enter(session);
      });
    },
    received: (session, bytes, binary) =>
      barrier.run(session, () => requests.receive(session, bytes, binary)),
    dropped: (session) => barrier.run(session, () => slowConsumers.overflowed(session)),
    closed(session) {
      session.closed();
      admission.leave(session.address);
      sessions.delete(session);
      counts.sockets--;
      // One by one: what fails keeps none of the others from letting go.
      barrier.run(session, () => sessionAuth.leave(session));
      barrier.run(session, () => slowConsumers.forget(session));
      barrier.run(session, () => subscriptions.end(session));
    },
  };
}
