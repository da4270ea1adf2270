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
import { createAuthGate, type GateLimits } from './auth/session-auth.ts';
import { createHubCounts, type HubCounts } from './counts.ts';
import { createLanes } from './delivery/delivery-groups.ts';
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
import { createTicketDesk, type TicketDeskLimits } from './nodes/tickets.ts';
import { tellStrangers } from './nodes/unknown-hosts.ts';
import { createReplays, type ReplayLimits } from './recovery/replays.ts';
import { createSlowLadder, type LadderLimits } from './recovery/slow-consumers.ts';
import { createTimeShare, type TimeShareLimits } from './recovery/time-share.ts';
import { type CatalogueLimits, createCatalogue } from './requests/catalogue.ts';
import { createRequestPace } from './requests/request-backlog.ts';
import { createRequests, type RequestLimits } from './requests/requests.ts';
import type { WantedLimits } from './requests/subscribe-plan.ts';
import { createSubscriptions } from './requests/subscriptions.ts';
import { createSymbolList, symbolListLimits } from './requests/symbol-list.ts';
import type { Session } from './session/session.ts';
import { type BarrierLimits, createSessionBarrier } from './session/session-barrier.ts';
import { createTailsByDelay, type TailsByDelayLimits } from './symbols/delay/feeds-by-delay.ts';

export interface HubLimits
  extends AdmissionLimits,
    BarrierLimits,
    CatalogueLimits,
    ConnectionGateLimits,
    DrainLimits,
    FlushWindowLimits,
    GateLimits,
    HandshakeLimits,
    HeartbeatLimits,
    LadderLimits,
    ReplayLimits,
    RequestLimits,
    StalenessLimits,
    TailsByDelayLimits,
    TicketDeskLimits,
    WantedLimits {
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
  /** How often unused tails and old ticks are let go. */
  readonly sweepMs: number;
  /** How often the hub looks for what has come of age for delayed clients. */
  readonly delayedLookMs: number;
  /** How often the hub looks whether prices are stale. */
  readonly staleLookMs: number;
  /** What rounds of slow sockets may take of the time between two visits. */
  readonly ladderTime: TimeShareLimits;
  /** How often slow sockets are visited. */
  readonly ladderMs: number;
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
  const tails = createTailsByDelay(
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
      settle: () => ladder.settle(elapsedMs()),
      flushed: () => replays.turn(),
    },
    windowMs(),
  );
  const { publish } = listener;
  const lanes = createLanes({ publish, queue: flusher, counts });
  const replays = createReplays(
    {
      ...{ lanes, windows, barrier },
      time: createTimeShare(elapsedMs, limits.replayTime),
      startTime: createTimeShare(elapsedMs, limits.replayStartTime),
    },
    limits,
  );
  const ladder = createSlowLadder(
    { replays, counts, barrier, time: createTimeShare(elapsedMs, limits.ladderTime) },
    limits,
  );
  const staleness = createStaleness(
    {
      ...{ fanout, sessions, now, elapsedMs, log },
      ...{ catchingUp: tails.failing, sourceOf: catalogue.sourceOf, announced: () => catalogue.sourceNames },
      ...{ nextRound: setImmediate, counts: counts.stale, barrier },
    },
    limits,
  );
  const subscriptions = createSubscriptions({ catalogue, tails, replays, windows, staleness }, limits);
  const pace = createRequestPace({
    time: createTimeShare(elapsedMs, limits.requestTime),
    nextRound: setImmediate,
  });
  const { nodes, tickets } = fanout;
  const strangers = tellStrangers(counts, log);
  const { mayNameSocket } = deps;
  const desk = createTicketDesk(
    { nodes, tickets, anonymous: authenticator.anonymous, mayNameSocket, strangers, now, elapsedMs, random },
    limits,
  );
  const gate = createAuthGate(
    {
      ...{ authenticator, barrier, counts, now, elapsedMs, random },
      admitted: (session) => staleness.welcome(session),
      entitlementsChanged: (session) => subscriptions.entitle(session),
      submit: (session, request) => requests.authenticate(session, request),
      redeem: (ticket) => desk.redeem(ticket),
    },
    limits,
  );
  const requests = createRequests({ subscriptions, gate, pace, barrier, now: elapsedMs }, limits);
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
      ...{ gate, heartbeats, ladder, requests, subscriptions },
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
      ...{ authenticator, desk, nodes, operatorToken: deps.operatorToken, barrier },
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
    tails.sweep(elapsedMs());
    replays.keepTicks(); // after it: a hold that has reached its end lets go once
  };

  const timers = [
    setInterval(() => flusher.turn(windowMs()), limits.turnMs),
    setInterval(() => flushWindow.observe(loopLoad()), limits.loadSampleMs),
    setInterval(() => ladder.visit(elapsedMs()), limits.ladderMs),
    setInterval(() => gate.sweep(), limits.gateMs),
    setInterval(sweep, limits.sweepMs),
    setInterval(() => tails.look(), limits.delayedLookMs),
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
      return tails.size;
    },
    get unreportedSymbols() {
      return staleness.unreported(tails.symbols());
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
