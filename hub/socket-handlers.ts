import { randomUUID } from 'node:crypto';
import type { Codec } from '#protocol/codec.ts';
import { refusal } from '#runtime/http/answer.ts';
import type { Admission } from './admission.ts';
import type { AuthGate } from './auth/gate.ts';
import type { Shown } from './auth/shown.ts';
import { createHandshake, type HandshakeDeps, type HandshakeLimits } from './handshake.ts';
import type { Heartbeats } from './heartbeats.ts';
import type { SocketHandlers } from './listener/listener.ts';
import type { Requests } from './requests.ts';
import { Session } from './session.ts';
import type { SessionBarrier } from './session-barrier.ts';
import type { SlowLadder } from './slow-ladder.ts';
import type { Subscriptions } from './subscriptions.ts';
import { type WelcomeLimits, welcomeTo } from './welcome.ts';

export interface SocketHandlersDeps extends Omit<HandshakeDeps, 'create' | 'unauthenticated'> {
  readonly admission: Admission;
  readonly barrier: SessionBarrier;
  /** The open ones; kept here. */
  readonly sessions: Set<Session>;
  /** Names the process in `welcome`. */
  readonly node: string;
  readonly gate: AuthGate;
  readonly heartbeats: Heartbeats;
  readonly ladder: SlowLadder;
  readonly requests: Requests;
  readonly subscriptions: Subscriptions;
}

/** What happens to a client's socket from its handshake to its end: each part that keeps something of it is told, behind the barrier. */
export function createSocketHandlers(
  deps: SocketHandlersDeps,
  limits: HandshakeLimits & WelcomeLimits,
): SocketHandlers<Session> {
  const { admission, barrier, counts, gate, heartbeats, ladder, node, requests, sessions, subscriptions } =
    deps;
  let created = 0;
  const create = (codec: Codec, address: string, shown: readonly Shown[]): Session => {
    const session = new Session(created++, randomUUID(), codec, address, counts);
    if (shown.length > 0) session.shown = shown;
    return session;
  };
  const handshake = createHandshake({ ...deps, create, unauthenticated: () => gate.unauthenticated }, limits);
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
        session.answer({ ...welcomeTo(session, node, limits), ...gate.welcome(session) });
        gate.enter(session);
      });
    },
    received: (session, bytes, binary) =>
      barrier.run(session, () => requests.receive(session, bytes, binary)),
    dropped: (session) => barrier.run(session, () => ladder.fall(session)),
    closed(session) {
      session.closed();
      admission.leave(session.address);
      sessions.delete(session);
      counts.sockets--;
      // One by one: what fails keeps none of the others from letting go.
      barrier.run(session, () => gate.leave(session));
      barrier.run(session, () => ladder.forget(session));
      barrier.run(session, () => subscriptions.end(session));
    },
  };
}
