import { createAdmission } from './admission/admission.ts';
import { createClientPath } from './client-path.ts';
import { createHubCounts, type HubCounts } from './counts.ts';
import type { HubDeps } from './hub-deps.ts';
import type { HubLimits } from './hub-limits.ts';
import type { ListenerKind } from './listener/listener.ts';
import { drainSessions } from './liveness/drain.ts';
import { startSchedule } from './schedule.ts';
import { servePort } from './serve-port.ts';
import type { Session } from './session/session.ts';
import { createSessionBarrier } from './session/session-barrier.ts';
import { createUpdatePath } from './update-path.ts';

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
  const { listener, fanout, log, now, random, authenticator } = deps;
  const { publish } = listener;
  const counts = createHubCounts();
  /** For everything that lasts: the wall clock may jump. */
  const elapsedMs = (): number => performance.now();
  const sessions = new Set<Session>();
  const barrier = createSessionBarrier({ counts, log, now: elapsedMs }, limits);
  const shared = { fanout, publish, barrier, counts, log, now, elapsedMs, random };
  const updates = createUpdatePath({ ...shared, observeLatency: deps.observeLatency }, limits);
  const { mayNameSocket } = deps;
  const clients = createClientPath({ ...shared, updates, authenticator, mayNameSocket, sessions }, limits);
  const admission = createAdmission(elapsedMs, limits);
  let draining = false;

  const notReady = (): string | undefined => {
    if (draining) return 'draining';
    if (!listener.listening) return 'not listening yet';
    if (!fanout.available()) return 'the fanout is not available';
    if (clients.staleness.deaf()) return 'no update of the fanout is heard';
    return undefined;
  };

  servePort(
    { ...deps, ...{ updates, clients, admission, barrier, counts, elapsedMs, sessions, notReady } },
    limits,
  );

  const endSchedule = startSchedule([...updates.jobs, ...clients.jobs]);
  const stop = (): void => {
    endSchedule();
    updates.stop();
    listener.close();
  };

  return {
    counts,
    listener: listener.kind,
    notReady,
    get symbols() {
      return updates.feeds.size;
    },
    get unreportedSymbols() {
      return clients.staleness.unreported(updates.feeds.symbols());
    },
    async listen(host, port, sharePort) {
      await clients.catalogue.refresh();
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
