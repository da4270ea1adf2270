import type { StoredOutcomes } from './results.ts';
import { groupsOf } from './run.ts';
import type { Scenario } from './scenario.ts';

/** To start the processes, to bring all clients in, and to hold the last of them against what was published. */
const testClusterSeconds = 20;
/** Of a scenario that was never run. */
const unknownSeconds = 20;

/** About how long these scenarios take together, by what they took the last time. */
export function expectedSeconds(scenarios: readonly Scenario[], last: StoredOutcomes): number {
  const own = scenarios.map(({ name, seconds }) => seconds ?? last[name]?.result?.seconds ?? unknownSeconds);
  return own.reduce((sum, seconds) => sum + seconds, testClusterSeconds * groupsOf(scenarios).length);
}
