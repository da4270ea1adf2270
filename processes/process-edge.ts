import { createKnownHosts, type KnownHosts } from '#runtime/http/known-hosts.ts';
import {
  createOperationsServer,
  type OperationsServer,
  operationsLimits,
} from '#runtime/http/operations-server.ts';
import type { Logger } from '#runtime/logger.ts';
import { createRegistry, type MetricsRegistry } from '#runtime/metrics.ts';
import type { ProcessConfig } from '#runtime/process-keys.ts';
import { createShutdown, type Shutdown } from '#runtime/shutdown.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import { startTracing } from '#runtime/tracing/tracing.ts';

/** What every process has beside its own work: an orderly end, metrics and probes, and traces. */
export interface ProcessEdge {
  readonly shutdown: Shutdown;
  readonly registry: MetricsRegistry;
  readonly operations: OperationsServer;
  readonly knownHost: KnownHosts;
  readonly tracer: Tracer;
}

/** Under which names a process shows in metrics and traces. */
export interface ProcessIdentity {
  /** The process's name in its metrics. */
  readonly role: Parameters<typeof createRegistry>[0];
  /** The process's names in its traces. */
  readonly service: string;
  readonly instance: string;
}

/**
 * Starts it. What is registered for the shutdown later is stopped earlier, so metrics and traces last until the end.
 * @throws PortError when the port of the operations server can not be bound
 */
export async function startProcessEdge(
  { role, service, instance }: ProcessIdentity,
  log: Logger,
  config: ProcessConfig,
): Promise<ProcessEdge> {
  const { exit } = process;
  const shutdown = createShutdown({ log, exit, signals: process }, { deadlineMs: config.shutdownMs });
  const registry = createRegistry(role);
  const knownHost = createKnownHosts(config.hosts);
  const operations = await createOperationsServer(
    { registry, knownHost },
    { ...operationsLimits, host: config.operationsHost, port: config.operationsPort },
  );
  shutdown.register('operations server', () => operations.close());
  const tracer = await startTracing({ service, instance, log, registry, shutdown }, config);
  return { shutdown, registry, operations, knownHost, tracer };
}
