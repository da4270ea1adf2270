import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { after } from './following.ts';
import { thresholdsOf } from './metrics.ts';
import { parametersOf, type Start, start } from './start.ts';
import { summarise } from './summary.ts';
import { follow, usersFor } from './user.ts';

/** A fifth of the sockets stays all the time; the others come within two seconds, stay a third of it, and go. */
const parameters = parametersOf('spike');
const { durationSeconds } = parameters;
const base = { ...parameters, sockets: Math.ceil(parameters.sockets / 5) };
const crowd = { ...parameters, sockets: Math.max(1, parameters.sockets - base.sockets) };
const crowdSeconds = Math.ceil(durationSeconds / 3);
const rushMs = Math.min(2000, crowdSeconds * 500);
const maxDuration = `${durationSeconds + 60}s`;

/** The scenario's executor and thresholds, as k6 wants them. */
export const options: Options = {
  scenarios: {
    base: {
      executor: 'per-vu-iterations',
      exec: 'stay',
      vus: usersFor(base.sockets, base),
      maxDuration,
    },
    crowd: {
      executor: 'per-vu-iterations',
      exec: 'rush',
      vus: usersFor(crowd.sockets, crowd),
      startTime: `${crowdSeconds}s`,
      maxDuration,
    },
  },
  thresholds: thresholdsOf(parameters, {
    'tickwire_latency{crowd:base}': [
      `p(95)<=${parameters.latencyP95Ms}`,
      `p(99)<=${parameters.latencyP99Ms}`,
    ],
  }),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

/** Runs once, before the virtual users. */
export const setup = (): Start => start(parameters);

/** Runs once, at the end. */
export const handleSummary = summarise;

/** One virtual user of those that stay all the time. */
export function stay(start: Start): void {
  const user = exec.scenario.iterationInTest;
  follow({ parameters: base, start, user, crowd: 'base', stayMs: durationSeconds * 1000 });
}

/** One virtual user of the crowd that comes, stays a third of the time, and goes. */
export function rush(start: Start): void {
  const user = exec.scenario.iterationInTest;
  const stayMs = crowdSeconds * 1000;
  const begin = (): void => follow({ parameters: crowd, start, user, crowd: 'crowd', stayMs });
  after(Math.random() * rushMs, begin);
}
