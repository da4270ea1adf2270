import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { thresholdsOf } from './metrics.ts';
import { parametersOf, type Start, start } from './start.ts';
import { summarise } from './summary.ts';
import { follow, usersFor } from './user.ts';

/** Three times all sockets are lost in the same moment, and all of them resume at once. */
const parameters = parametersOf('reconnect-storm');
const { durationSeconds, sockets } = parameters;
const durationMs = durationSeconds * 1000;

/** The scenario's executor and thresholds, as k6 wants them. */
export const options: Options = {
  scenarios: {
    storm: {
      executor: 'per-vu-iterations',
      vus: usersFor(sockets, parameters),
      maxDuration: `${durationSeconds + 60}s`,
    },
  },
  thresholds: thresholdsOf(parameters, {
    tickwire_recovered: ['rate==1'],
    tickwire_resume_time: ['p(95)<=5000', 'max<=10000'],
  }),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

/** Runs once, before the virtual users. */
export const setup = (): Start => start(parameters);

/** Runs once, at the end. */
export const handleSummary = summarise;

/** One virtual user: all of its sockets are lost at the same three moments as those of others. */
export default function storm(start: Start): void {
  const user = exec.scenario.iterationInTest;
  const stormsMs = [0.25, 0.5, 0.75].map((share) => share * durationMs);
  // A storm is at the same moment for all, also for a virtual user that began late.
  const reconnectsMs = stormsMs.map((atMs) => Math.max(0, start.startedAtMs + atMs - Date.now()));
  follow({ parameters, start, user, crowd: 'base', stayMs: durationMs, reconnectsMs, spreadMs: 500 });
}
