import { createPresenceMetrics } from '#fanout/metrics.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { Authenticator } from '#hub/auth/authenticator.ts';
import { type HubConfig, hubLimits } from '#hub/config.ts';
import type { Edge } from '#hub/edge-config.ts';
import { createHub } from '#hub/hub.ts';
import type { HubLimits } from '#hub/hub-limits.ts';
import { createHubPresence } from '#hub/hub-presence.ts';
import { chooseListener } from '#hub/listener/choose-listener.ts';
import { createLatencyMetric, registerHubMetrics } from '#hub/metrics.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ProcessConfig } from '#runtime/process-keys.ts';
import { bundlePage } from '#web/bundle.ts';
import type { ProcessEdge } from './process-edge.ts';

/** What a hub needs of the process that it runs in. */
export interface StartHubDeps extends Pick<ProcessEdge, 'registry' | 'shutdown' | 'operations' | 'tracer'> {
  readonly fanout: Fanout;
  readonly edge: Edge;
  readonly authenticator: Authenticator;
  /** Names the hub in `welcome`, and in the registry of nodes. */
  readonly node: string;
  readonly log: Logger;
}

/**
 * Starts a hub with its metrics, its readiness and its place in the registry of nodes, and has the shutdown end them.
 * Returns the port that clients connect to.
 * @param changed limits that are other than the configuration says
 * @throws PortError when the port can not be bound
 */
export async function startHub(
  { registry, shutdown, operations, tracer, fanout, edge, authenticator, node, log }: StartHubDeps,
  config: HubConfig & ProcessConfig,
  changed: Partial<HubLimits> = {},
): Promise<number> {
  const limits = { ...hubLimits(config), ...changed };
  const hub = createHub(
    {
      ...edge,
      ...{ fanout, authenticator, node, log, tracer, now: Date.now, random: Math.random },
      listener: await chooseListener({ choice: config.listener, tls: edge.tls, log }, limits),
      page: await bundlePage(),
      observeLatency: createLatencyMetric(registry),
    },
    limits,
  );
  registerHubMetrics(registry, hub, config);
  operations.readiness('hub', () => hub.notReady());
  const port = await hub.listen(config.host, config.port, config.sharePort);
  shutdown.register('hub', () => hub.drain());

  const presence = createHubPresence(
    { hub, nodes: fanout.nodes, node, log, metrics: createPresenceMetrics(registry) },
    { ...config, port, secure: edge.tls !== undefined },
    { leaseMs: config.nodeLeaseMs },
  );
  presence.start();
  shutdown.register('presence', () => presence.leave()); // first of all, so that nobody is sent here any more
  return port;
}
