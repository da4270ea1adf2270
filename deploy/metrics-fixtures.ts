import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createPresenceMetrics, createRedisFanoutMetrics } from '#fanout/metrics.ts';
import { createFeedMetrics } from '#feed-adapter/metrics.ts';
import { createHubCounts } from '#hub/counts.ts';
import { createLatencyMetric, registerHubMetrics } from '#hub/metrics.ts';
import { anyHost } from '#runtime/http/known-hosts.ts';
import { createOperationsServer, operationsLimits } from '#runtime/http/operations-server.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { root } from '#test/harness/source-files.ts';

/** What the tests of rules and dashboards share: what is there to be asked for. */

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The rules of `deploy/prometheus/rules/<name>`. */
export function readRules(name: string): readonly Rule[] {
  const text = readFileSync(join(root, 'deploy/prometheus/rules', name), 'utf8');
  const { groups } = parse(text) as { groups: readonly { rules: readonly Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** Names of 0.1 that rules and dashboards ask for until 0.2, since old and new processes run side by side in an upgrade. */
const namesBefore02 = ['tickwire_feed_gave_up_total', 'tickwire_hub_sockets_fallen_total'];

/** The names that a scrape of hub and adapter brings, asked of their registries, and those of our recording rules. */
export async function knownMetrics(): Promise<ReadonlySet<string>> {
  const registry = createRegistry('test');
  const operations = await createOperationsServer(
    { registry, knownHost: anyHost },
    { ...operationsLimits, host: '127.0.0.1', port: 0 },
  );
  await operations.close();
  createRedisFanoutMetrics(registry);
  createPresenceMetrics(registry);
  createFeedMetrics(registry);
  createLatencyMetric(registry);
  registerHubMetrics(
    registry,
    { counts: createHubCounts(), listener: 'node', symbols: 0, unreportedSymbols: 0 },
    { socketsMax: 1 },
  );
  const declared = [...(await registry.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const names = declared.flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
  );
  const recorded = readRules('recording.yml').flatMap(({ record }) => record ?? []);
  return new Set([...names, ...recorded, ...namesBefore02, 'up']);
}

/** The names of metrics in a query: what begins as ours or Node's do, and what is recorded (it has colons). */
export function metricsIn(query: string): readonly string[] {
  const withoutTexts = query.replace(/"[^"]*"/g, '""');
  return withoutTexts.match(/\b(?:(?:tickwire|nodejs|process)_\w+|up\b|\w+:\w+:\w+)/g) ?? [];
}
