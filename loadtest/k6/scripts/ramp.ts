import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { thresholdsOf } from './metrics.ts';
import { parametersOf, type Start, start } from './start.ts';
import { summarise } from './summary.ts';
import { follow, usersFor } from './user.ts';

/** More and more sockets for two thirds of the time, then all of them stay. */
const parameters = parametersOf('ramp');
const { durationSeconds, sockets } = parameters;
const rampSeconds = Math.ceil((2 * durationSeconds) / 3);
const target = usersFor(sockets, parameters);

/** The scenario's executor and thresholds, as k6 wants them. */
export const options: Options = {
  scenarios: {
    ramp: {
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [
        { duration: `${rampSeconds}s`, target },
        { duration: `${durationSeconds - rampSeconds}s`, target },
      ],
      gracefulStop: '60s',
    },
  },
  thresholds: thresholdsOf(parameters),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

/** Runs once, before the virtual users. */
export const setup = (): Start => start(parameters);

/** Runs once, at the end. */
export const handleSummary = summarise;

/** One virtual user: its sockets stay until just after the last stage. */
export default function ramp(start: Start): void {
  const user = exec.scenario.iterationInTest;
  // All stay until just after the last stage: who ended within it would be started once more.
  const stayMs = exec.scenario.startTime + durationSeconds * 1000 + 250 - Date.now();
  follow({ parameters, start, user, crowd: 'base', stayMs });
}
