import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { thresholdsOf } from './metrics.ts';
import { parametersOf, type Start, start } from './start.ts';
import { summarise } from './summary.ts';
import { follow, usersFor } from './user.ts';

/** A few sockets for a few seconds: does it work at all? */
const parameters = parametersOf('smoke');
const { durationSeconds, sockets } = parameters;

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

export const setup = (): Start => start(parameters);
export const handleSummary = summarise;

export default function smoke(start: Start): void {
  const user = exec.scenario.iterationInTest;
  follow({ parameters, start, user, crowd: 'base', stayMs: durationSeconds * 1000 });
}
