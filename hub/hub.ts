import type { Fanout } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import { createSparingLog } from '#runtime/sparing-log.ts';
import type { Tracer } from '#runtime/tracer.ts';
import { type AdmissionLimits, createAdmission } from './admission/admission.ts';
import { type ConnectionGateLimits, createConnectionGate } from './admission/connection-gate.ts';
import type { HandshakeLimits } from './admission/handshake.ts';
import { createRequestSource } from './admission/request-source.ts';
import { createSocketHandlers } from './admission/socket-handlers.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { createSessionAuth, type SessionAuthLimits } from './auth/session-auth.ts';
import { createHubCounts, type HubCounts } from './counts.ts';
import { createDeliveryGroups } from './delivery/delivery-groups.ts';
import { createFlushClock } from './delivery/flush-clock.ts';
import { createFlushWindow, type FlushWindowLimits } from './delivery/flush-window.ts';
import { createFlusher } from './delivery/flusher.ts';
import { createFrequencyWindows } from './delivery/frequency-windows.ts';
import { createLoopLoad } from './delivery/loop-load.ts';
import type { Edge } from './edge-config.ts';
import { createHttp, type PageFile } from './http/http-routes.ts';
import type { Listener, ListenerKind } from './listener/listener.ts';
import { type DrainLimits, drainSessions } from './liveness/drain.ts';
import { createHeartbeats, type HeartbeatLimits } from './liveness/heartbeats.ts';
import { createSourceList } from './liveness/source-list.ts';
import { createStaleness, type StalenessLimits } from './liveness/staleness.ts';
import { createTickets, type TicketsLimits } from './nodes/tickets.ts';
import { reportUnknownHosts } from './nodes/unknown-hosts.ts';
import { createReplays, type ReplayLimits } from './recovery/replays.ts';
import { createSlowConsumers, type SlowConsumerLimits } from './recovery/slow-consumers.ts';
import { createTimeShare, type TimeShareLimits } from './recovery/time-share.ts';
import { type CatalogueLimits, createCatalogue } from './requests/catalogue.ts';
import { createRequestBacklog } from './requests/request-backlog.ts';
import { createRequests, type RequestLimits } from './requests/requests.ts';
import type { SubscribePlanLimits } from './requests/subscribe-plan.ts';
import { createSubscriptions } from './requests/subscriptions.ts';
import { createSymbolList, symbolListLimits } from './requests/symbol-list.ts';
import type { Session } from './session/session.ts';
import { type BarrierLimits, createSessionBarrier } from './session/session-barrier.ts';
import { createFeedsByDelay, type FeedsByDelayLimits } from './symbols/delay/feeds-by-delay.ts';

export interface HubLimits
  extends AdmissionLimits,
    BarrierLimits,
    CatalogueLimits,
    ConnectionGateLimits,
    DrainLimits,
    FlushWindowLimits,
    SessionAuthLimits,
    HandshakeLimits,
    HeartbeatLimits,
    SlowConsumerLimits,
    ReplayLimits,
    RequestLimits,
    StalenessLimits,
    FeedsByDelayLimits,
    TicketsLimits,
    SubscribePlanLimits {
  /** What replays may take of the time between two turns. */
  readonly replayTime: TimeShareLimits;
  /** What first visits to those who just subscribed may take of it besides. */
  readonly replayStartTime: TimeShareLimits;
  /** What subscribing may take of the time between two rounds of the event loop. */
  readonly requestTime: TimeShareLimits;
  /** Time between two turns: phases that have come round are published, and replays go on. */
  readonly turnMs: number;
  /** How often the hub looks at its load. */
  readonly loadSampleMs: number;
  /** How often the hub looks whether the catalogue changed. */
  readonly catalogueRefreshMs: number;
  /** How often unused feeds and old ticks are let go. */
  readonly sweepMs: number;
  /** How often the hub looks for what has come of age for delayed clients. */
  readonly delayedLookMs: number;
  /** How often the hub looks whether prices are stale. */
  readonly staleLookMs: number;
  /** What rounds of slow sockets may take of the time between two visits. */
  readonly slowConsumerTime: TimeShareLimits;
  /** How often slow sockets are visited. */
  readonly slowConsumerMs: number;
  /** How often the hub looks for tokens that are late or about to expire. */
  readonly gateMs: number;
  /** Time between two lines of the log about refused pages: strangers can cause them. */
  readonly refusedLogMs: number;
}

export interface HubDeps extends Omit<Edge, 'tls'> {
  readonly listener: Listener;
  readonly fanout: Fanout;
  readonly authenticator: Authenticator;
  /** Names the process in `welcome`. */
  readonly node: string;
  readonly log: Logger;
  /** Unix ms. */
  readonly now: () => number;
  /** 0 … 1 */
  readonly random: () => number;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly tracer: Tracer;
  /** Takes the age of an update when it arrives, in ms. */
  readonly observeLatency: (latencyMs: number) => void;
}

export interface Hub {
  readonly counts: HubCounts;
  /** What serves the port. */
  readonly listener: ListenerKind;
  /** Symbols that the hub is subscribed to. */
  readonly symbols: number;
  /** Those of them whose source nobody has reported, for long enough to say so. */
  readonly unreportedSymbols: number;
  /** Why the hub should get no new clients now; undefined when it should. */
  notReady(): string | undefined;
  /**
   * Serves on `host`:`port` (0 = any) and returns the port.
   * @throws PortError when the port is taken
   */
  listen(host: string, port: number, sharePort: boolean): Promise<number>;
  /** Lets nobody in, sends the clients elsewhere and closes the sockets. */
  drain(): Promise<void>;
  /** Ends everything at once. */
  stop(): void;
}

export function createHub(deps: HubDeps, limits: HubLimits): Hub {
  const { listener, fanout, log, now, random, authenticator, tracer } = deps;
  const counts = createHubCounts();
  /** For everything that lasts: the wall clock may jump. */
  const elapsedMs = (): number => performance.now();
  /** The same near the wall clock: a user's windows end together at all hubs. */
  const windowMs = (): number => performance.timeOrigin + performance.now();
  const windows = createFrequencyWindows({ now: windowMs }, limits);
  const sessions = new Set<Session>();
  const barrier = createSessionBarrier({ counts, log, now: elapsedMs }, limits);
  const catalogue = createCatalogue({ directory: fanout.directory, log, now: elapsedMs }, limits);
  const feeds = createFeedsByDelay(
    {
      live: fanout.live,
      history: fanout.history,
      groupOf: (symbol) => fanout.publisher.groupOf(symbol),
      ...{ counts, now, elapsedMs, log, random },
      observeLatency: deps.observeLatency,
    },
    limits,
  );
  const flushWindow = createFlushWindow(limits);
  const flushClock = createFlushClock({ flush: () => flusher.flush(), windowMs: () => flushWindow.ms });
  const flusher = createFlusher(
    {
      wanted: () => flushClock.request(),
      whenSettled: (settled) => setImmediate(settled),
      settle: () => slowConsumers.settle(elapsedMs()),
      flushed: () => replays.turn(),
    },
    windowMs(),
  );
  const { publish } = listener;
  const groups = createDeliveryGroups({ publish, queue: flusher, counts });
  const replays = createReplays(
    {
      ...{ groups, windows, barrier },
      time: createTimeShare(elapsedMs, limits.replayTime),
      startTime: createTimeShare(elapsedMs, limits.replayStartTime),
    },
    limits,
  );
  const slowConsumers = createSlowConsumers(
    { replays, counts, barrier, time: createTimeShare(elapsedMs, limits.slowConsumerTime) },
    limits,
  );
  const staleness = createStaleness(
    {
      ...{ fanout, sessions, now, elapsedMs, log },
      ...{ catchingUp: feeds.failing, sourceOf: catalogue.sourceOf, announced: () => catalogue.sourceNames },
      ...{ nextRound: setImmediate, counts: counts.stale, barrier },
    },
    limits,
  );
  const subscriptions = createSubscriptions({ catalogue, feeds, replays, windows, staleness }, limits);
  const backlog = createRequestBacklog({
    time: createTimeShare(elapsedMs, limits.requestTime),
    nextRound: setImmediate,
  });
  const strangers = reportUnknownHosts(counts, log);
  const { mayNameSocket } = deps;
  const tickets = createTickets(
    {
      nodes: fanout.nodes,
      store: fanout.tickets,
      anonymous: authenticator.anonymous,
      mayNameSocket,
      strangers,
      now,
      elapsedMs,
      random,
    },
    limits,
  );
  const sessionAuth = createSessionAuth(
    {
      ...{ authenticator, barrier, counts, now, elapsedMs, random },
      admitted: (session) => staleness.welcome(session),
      entitlementsChanged: (session) => subscriptions.entitle(session),
      submit: (session, request) => requests.authenticate(session, request),
      redeem: (ticket) => tickets.redeem(ticket),
    },
    limits,
  );
  const requests = createRequests({ subscriptions, sessionAuth, backlog, barrier, now: elapsedMs }, limits);
  const heartbeats = createHeartbeats({ publish, now }, limits);
  const admission = createAdmission(elapsedMs, limits);
  let draining = false;
  const loopLoad = createLoopLoad();

  const { origins, trustedProxies } = deps;
  const edge = { admission, source: createRequestSource(trustedProxies), origins, random, tracer };
  const refusedOrigin = createSparingLog(log.warn.bind(log), elapsedMs, limits.refusedLogMs);
  const sockets = createSocketHandlers(
    {
      ...{ ...edge, refusedOrigin, counts, sessions, barrier, node: deps.node },
      ...{ sessionAuth, heartbeats, slowConsumers, requests, subscriptions },
    },
    limits,
  );

  const notReady = (): string | undefined => {
    if (draining) return 'draining';
    if (!listener.listening) return 'not listening yet';
    if (!fanout.available()) return 'the fanout is not available';
    if (staleness.deaf()) return 'no update of the fanout is heard';
    return undefined;
  };

  const { secure } = listener;
  listener.serve({
    sockets,
    connections: createConnectionGate({ secure, counts, trustedProxies, now: elapsedMs }, limits),
    http: createHttp({
      ...edge,
      ...{ authenticator, tickets, nodes: fanout.nodes, operatorToken: deps.operatorToken, barrier },
      symbols: createSymbolList({ catalogue, nextRound: setImmediate }, symbolListLimits),
      sources: createSourceList(fanout.directory, elapsedMs),
      page: deps.page,
      health: () => ({
        status: notReady() ?? 'ok',
        node: deps.node,
        listener: listener.kind,
        sockets: counts.sockets,
        subscriptions: counts.subscriptions,
        symbols: catalogue.entries.length,
      }),
    }),
  });

  const sweep = (): void => {
    feeds.sweep(elapsedMs());
    replays.keepTicks(); // after it: a hold that has reached its end lets go once
  };

  const timers = [
    setInterval(() => flusher.turn(windowMs()), limits.turnMs),
    setInterval(() => flushWindow.observe(loopLoad()), limits.loadSampleMs),
    setInterval(() => slowConsumers.visit(elapsedMs()), limits.slowConsumerMs),
    setInterval(() => sessionAuth.sweep(), limits.gateMs),
    setInterval(sweep, limits.sweepMs),
    setInterval(() => feeds.look(), limits.delayedLookMs),
    setInterval(() => {
      void catalogue.refresh();
      void staleness.refresh();
    }, limits.catalogueRefreshMs),
    setInterval(() => staleness.look(), limits.staleLookMs),
    setInterval(() => heartbeats.beat(), heartbeats.beatMs),
  ];

  const stop = (): void => {
    for (const timer of timers) clearInterval(timer);
    flushClock.stop();
    listener.close();
  };

  return {
    counts,
    listener: listener.kind,
    notReady,
    get symbols() {
      return feeds.size;
    },
    get unreportedSymbols() {
      return staleness.unreported(feeds.symbols());
    },
    async listen(host, port, sharePort) {
      await catalogue.refresh();
      const bound = await listener.listen(host, port, sharePort);
      log.info({ host, port: bound, node: deps.node, listener: listener.kind }, 'hub listening');
      return bound;
    },
    async drain() {
      draining = true;
      admission.close();
      listener.shut();
      log.info({ sockets: sessions.size }, 'hub draining');
      await drainSessions({ sessions, barrier, random }, limits);
      stop();
    },
    stop,
  };
}
