import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { thresholdsOf } from './metrics.ts';
import { parametersOf, type Start, start } from './start.ts';
import { summarise } from './summary.ts';
import { follow, usersFor } from './user.ts';

/** The same sockets for a long time; now and then each is lost and resumes, as those of people are. */
const parameters = parametersOf('soak');
const { durationSeconds, sockets } = parameters;
const durationMs = durationSeconds * 1000;
/** Every socket is lost so often, spread over the whole time. */
const reconnects = 10;
const lifeMs = durationMs / (reconnects + 1);

/** The scenario's executor and thresholds, as k6 wants them. */
export const options: Options = {
  scenarios: {
    soak: {
      executor: 'per-vu-iterations',
      vus: usersFor(sockets, parameters),
      maxDuration: `${durationSeconds + 60}s`,
    },
  },
  thresholds: thresholdsOf(parameters, { tickwire_recovered: ['rate==1'] }),
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

/** Runs once, before the virtual users. */
export const setup = (): Start => start(parameters);

/** Runs once, at the end. */
export const handleSummary = summarise;

/** One virtual user: each of its sockets is lost ten times, and resumes. */
export default function soak(start: Start): void {
  const user = exec.scenario.iterationInTest;
  const ownMs = (user / usersFor(sockets, parameters)) * lifeMs;
  const reconnectsMs = Array.from({ length: reconnects }, (_, i) => ownMs + (i + 0.5) * lifeMs);
  const spreadMs = Math.min(5000, lifeMs / 10);
  follow({ parameters, start, user, crowd: 'base', stayMs: durationMs, reconnectsMs, spreadMs });
}
