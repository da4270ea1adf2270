import type { Fanout } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { HubCounts } from './counts.ts';
import type { Publish } from './delivery/group-members.ts';
import { createHeartbeats, type HeartbeatLimits, type Heartbeats } from './liveness/heartbeats.ts';
import { createStaleness, type Staleness, type StalenessLimits } from './liveness/staleness.ts';
import type { MayNameSocket } from './nodes/session-hosts.ts';
import { createTickets, type Tickets, type TicketsLimits } from './nodes/tickets.ts';
import { reportUnknownHosts } from './nodes/unknown-hosts.ts';
import { createTimeShare, type TimeShareLimits } from './recovery/time-share.ts';
import { type Catalogue, type CatalogueLimits, createCatalogue } from './requests/catalogue.ts';
import { createRequestBacklog } from './requests/request-backlog.ts';
import { type RequestLimits, Requests } from './requests/requests.ts';
import { SessionAuth, type SessionAuthLimits } from './requests/session-auth.ts';
import type { SubscribePlanLimits } from './requests/subscribe-plan.ts';
import { Subscriptions } from './requests/subscriptions.ts';
import type { Job } from './schedule.ts';
import type { Session } from './session/session.ts';
import type { SessionBarrier } from './session/session-barrier.ts';
import type { UpdatePath } from './update-path.ts';

export interface ClientPathDeps {
  readonly updates: UpdatePath;
  readonly fanout: Fanout;
  readonly authenticator: Authenticator;
  readonly mayNameSocket: MayNameSocket;
  readonly sessions: ReadonlySet<Session>;
  readonly publish: Publish;
  readonly barrier: SessionBarrier;
  readonly counts: HubCounts;
  readonly log: Logger;
  /** Unix ms. */
  readonly now: () => number;
  /** ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** 0 … 1 */
  readonly random: () => number;
}

export interface ClientPathLimits
  extends CatalogueLimits,
    HeartbeatLimits,
    RequestLimits,
    SessionAuthLimits,
    StalenessLimits,
    SubscribePlanLimits,
    TicketsLimits {
  /** What subscribing may take of the time between two rounds of the event loop. */
  readonly requestTime: TimeShareLimits;
  /** How often the hub looks whether the catalogue changed. */
  readonly catalogueRefreshMs: number;
  /** How often the hub looks whether prices are stale. */
  readonly staleLookMs: number;
  /** How often the hub looks for tokens that are late or about to expire. */
  readonly gateMs: number;
}

/** What clients ask and are told: tokens and tickets, subscriptions, the catalogue, stale prices, heartbeats. */
export interface ClientPath {
  readonly catalogue: Catalogue;
  readonly staleness: Staleness;
  readonly subscriptions: Subscriptions;
  readonly sessionAuth: SessionAuth;
  readonly tickets: Tickets;
  readonly requests: Requests;
  readonly heartbeats: Heartbeats;
  readonly jobs: readonly Job[];
}

export function createClientPath(deps: ClientPathDeps, limits: ClientPathLimits): ClientPath {
  const { updates, fanout, authenticator, sessions, barrier, counts, log, now, elapsedMs, random } = deps;
  const { feeds, replays, windows } = updates;
  const catalogue = createCatalogue({ directory: fanout.directory, log, now: elapsedMs }, limits);
  const staleness = createStaleness(
    {
      ...{ fanout, sessions, now, elapsedMs, log },
      ...{ catchingUp: feeds.failing, sourceOf: catalogue.sourceOf, announced: () => catalogue.sourceNames },
      ...{ nextRound: setImmediate, counts: counts.stale, barrier },
    },
    limits,
  );
  const subscriptions = new Subscriptions({ catalogue, feeds, replays, windows, staleness }, limits);
  const tickets = createTickets(
    {
      ...{ nodes: fanout.nodes, store: fanout.tickets, anonymous: authenticator.anonymous },
      ...{ mayNameSocket: deps.mayNameSocket, strangers: reportUnknownHosts(counts, log) },
      ...{ now, elapsedMs, random },
    },
    limits,
  );
  const sessionAuth = new SessionAuth(
    {
      ...{ authenticator, barrier, counts, now, elapsedMs, random },
      admitted: (session) => staleness.welcome(session),
      entitlementsChanged: (session) => subscriptions.entitle(session),
      submit: (session, request) => requests.authenticate(session, request),
      redeem: (ticket) => tickets.redeem(ticket),
    },
    limits,
  );
  const time = createTimeShare(elapsedMs, limits.requestTime);
  const backlog = createRequestBacklog({ time, nextRound: setImmediate });
  const requests = new Requests({ subscriptions, sessionAuth, backlog, barrier, now: elapsedMs }, limits);
  const heartbeats = createHeartbeats({ publish: deps.publish, now }, limits);
  const refresh = (): void => {
    void catalogue.refresh();
    void staleness.refresh();
  };
  const jobs = [
    { name: 'check tokens', everyMs: limits.gateMs, run: () => sessionAuth.sweep() },
    { name: 'refresh catalogue and sources', everyMs: limits.catalogueRefreshMs, run: refresh },
    { name: 'poll staleness', everyMs: limits.staleLookMs, run: () => staleness.look() },
    { name: 'send heartbeats', everyMs: heartbeats.beatMs, run: () => heartbeats.beat() },
  ];
  return { catalogue, staleness, subscriptions, sessionAuth, tickets, requests, heartbeats, jobs };
}
