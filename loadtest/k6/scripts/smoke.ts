import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { thresholdsOf } from './metrics.ts';
import { parametersOf, type Start, start } from './start.ts';
import { summarise } from './summary.ts';
import { follow, usersFor } from './user.ts';

/** A few sockets for a few seconds: does it work at all? */
const parameters = parametersOf('smoke');
const { durationSeconds, sockets } = parameters;

/** The scenario's executor and thresholds, as k6 wants them. */
export const options: Options = {
  scenarios: {
    smoke: {
      executor: 'per-vu-iterations',
      vus: usersFor(sockets, parameters),
      maxDuration: `${durationSeconds + 60}s`,
    },
  },
  thresholds: thresholdsOf(parameters),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

/** Runs once, before the virtual users. */
export const setup = (): Start => start(parameters);

/** Runs once, at the end. */
export const handleSummary = summarise;

/** One virtual user: its sockets stay for the whole run. */
export default function smoke(start: Start): void {
  const user = exec.scenario.iterationInTest;
  follow({ parameters, start, user, crowd: 'base', stayMs: durationSeconds * 1000 });
}
