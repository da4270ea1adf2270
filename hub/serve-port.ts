import { createSparingLog } from '#runtime/sparing-log.ts';
import type { Admission } from './admission/admission.ts';
import { type ConnectionGateLimits, createConnectionGate } from './admission/connection-gate.ts';
import { createRequestSource } from './admission/request-source.ts';
import type { ClientPath } from './client-path.ts';
import type { HubCounts } from './counts.ts';
import type { HandshakeLimits } from './http/handshake.ts';
import { createHttp } from './http/http-routes.ts';
import type { HubDeps } from './hub-deps.ts';
import { createSourceList } from './liveness/source-list.ts';
import { createSymbolList, symbolListLimits } from './requests/symbol-list.ts';
import type { WelcomeLimits } from './requests/welcome.ts';
import type { Session } from './session/session.ts';
import type { SessionBarrier } from './session/session-barrier.ts';
import { createSocketHandlers } from './socket-handlers.ts';
import type { UpdatePath } from './update-path.ts';

export interface ServedPort extends HubDeps {
  readonly updates: UpdatePath;
  readonly clients: ClientPath;
  readonly admission: Admission;
  readonly barrier: SessionBarrier;
  readonly counts: HubCounts;
  readonly sessions: Set<Session>;
  /** ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** Why the hub should get no new clients now; undefined when it should. */
  readonly notReady: () => string | undefined;
}

export interface ServedPortLimits extends ConnectionGateLimits, HandshakeLimits, WelcomeLimits {
  /** Time between two lines of the log about refused pages: strangers can cause them. */
  readonly refusedLogMs: number;
}

/** Gives the listener what it serves on its one port: sockets, HTTP, and how many connections there may be. */
export function servePort(served: ServedPort, limits: ServedPortLimits): void {
  const { listener, clients, counts, barrier, trustedProxies, elapsedMs, log, notReady, node } = served;
  const { admission, origins, random, tracer } = served;
  const edge = { admission, source: createRequestSource(trustedProxies), origins, random, tracer };
  const refusedOrigin = createSparingLog(log.warn.bind(log), elapsedMs, limits.refusedLogMs);
  const { sessionAuth, heartbeats, requests, subscriptions } = clients;
  const sockets = createSocketHandlers(
    {
      ...{ ...edge, refusedOrigin, counts, sessions: served.sessions, barrier, node },
      ...{ sessionAuth, heartbeats, requests, subscriptions },
      slowConsumers: served.updates.slowConsumers,
    },
    limits,
  );
  const { authenticator, operatorToken, page, fanout } = served;
  const http = createHttp({
    ...edge,
    ...{ authenticator, tickets: clients.tickets, nodes: fanout.nodes, operatorToken, barrier, page },
    symbols: createSymbolList({ catalogue: clients.catalogue, nextRound: setImmediate }, symbolListLimits),
    sources: createSourceList(fanout.directory, elapsedMs),
    health: () => ({
      status: notReady() ?? 'ok',
      node,
      listener: listener.kind,
      sockets: counts.sockets,
      subscriptions: counts.subscriptions,
      symbols: clients.catalogue.entries.length,
    }),
  });
  const { secure } = listener;
  const connections = createConnectionGate({ secure, counts, trustedProxies, now: elapsedMs }, limits);
  listener.serve({ sockets, connections, http });
}
