import type { Scenario } from './scenario.ts';
import { hubWithoutRedisScenarios } from './scenarios/hub-without-redis.ts';
import { loadScenarios } from './scenarios/load.ts';
import { networkScenarios } from './scenarios/network.ts';
import { processScenarios } from './scenarios/processes.ts';
import { clusterScenarios } from './scenarios/redis-cluster.ts';
import { sentinelScenarios } from './scenarios/redis-sentinel.ts';
import { standaloneScenarios } from './scenarios/redis-standalone.ts';
import { soakScenario } from './scenarios/soak.ts';

/** In the order in which they run; neighbours share a test cluster. @param soakMs how long the soak takes */
export function listScenarios(soakMs: number): readonly Scenario[] {
  return [
    ...processScenarios,
    ...standaloneScenarios,
    ...hubWithoutRedisScenarios,
    ...networkScenarios,
    ...sentinelScenarios,
    ...clusterScenarios,
    ...loadScenarios,
    soakScenario(soakMs),
  ];
}

/**
 * Those of these names, or whose names begin so (`cluster-`); all for none.
 * @throws RangeError that lists the names when one fits nothing
 */
export function chooseScenarios(all: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  const unknown = names.filter((wanted) => !all.some(({ name }) => name.startsWith(wanted)));
  if (unknown.length > 0)
    throw new RangeError(
      `no scenario begins with ${unknown.join(' or ')}; there are ${all.map(({ name }) => name).join(', ')}`,
    );
  if (names.length === 0) return all;
  return all.filter(({ name }) => names.some((wanted) => name.startsWith(wanted)));
}
