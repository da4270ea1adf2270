import { Counter, Rate, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import type { FollowerSink } from '#loadtest/scripted/follower.ts';
import type { Parameters } from '#loadtest/scripted/parameters.ts';

const updates = new Counter('tickwire_updates');
const latency = new Trend('tickwire_latency', true);
const firstAnswer = new Trend('tickwire_first_answer', true);
const resumeTime = new Trend('tickwire_resume_time', true);
const recovered = new Rate('tickwire_recovered');
const resets = new Counter('tickwire_resets');
const refused = new Counter('tickwire_refused');
const connectFailures = new Rate('tickwire_connect_failures');
const drops = new Counter('tickwire_drops');
const faults = {
  gap: new Counter('tickwire_gaps'),
  repeat: new Counter('tickwire_repeats'),
  disorder: new Counter('tickwire_disorders'),
  behind: new Counter('tickwire_behind'),
};

/** Lines that one virtual user prints about faults and refusals; the metrics count all of them. */
const linesMax = 5;
let lines = 0;

/** What a follower sees becomes k6's metrics, tagged with the crowd that it belongs to. */
export function createMetricsSink(crowd: string): FollowerSink {
  const tags = { crowd };
  return {
    update(latencyMs) {
      updates.add(1);
      if (latencyMs !== undefined) latency.add(latencyMs, tags);
    },
    answered: (ms) => firstAnswer.add(ms, tags),
    resumed(ms, wasRecovered) {
      resumeTime.add(ms);
      recovered.add(wasRecovered);
    },
    reset: () => resets.add(1),
    refused(text) {
      refused.add(1);
      say(text);
    },
    fault(kind, text) {
      faults[kind].add(1);
      say(`${kind}: ${text}`);
    },
  };
}

/** A connection attempt ended. */
export function countConnect(failed: boolean): void {
  connectFailures.add(failed);
}

/** A connection was lost that nobody had asked to end. */
export function countDrop(): void {
  drops.add(1);
}

/** k6 passes over the thresholds of a metric without a sample, so that nothing at all would be a success. */
export function startFromZero(): void {
  for (const counter of [updates, resets, refused, drops, ...Object.values(faults)]) counter.add(0);
}

/** What every scenario has to hold. @param more of one scenario */
export function thresholdsOf(
  { latencyP95Ms, latencyP99Ms }: Parameters,
  more: Options['thresholds'] = {},
): NonNullable<Options['thresholds']> {
  return {
    tickwire_updates: ['count>0'],
    tickwire_gaps: ['count==0'],
    tickwire_repeats: ['count==0'],
    tickwire_disorders: ['count==0'],
    tickwire_behind: ['count==0'],
    tickwire_resets: ['count==0'],
    tickwire_refused: ['count==0'],
    tickwire_drops: ['count==0'],
    tickwire_connect_failures: ['rate<0.01'],
    tickwire_latency: [`p(95)<=${latencyP95Ms}`, `p(99)<=${latencyP99Ms}`],
    tickwire_first_answer: ['p(95)<=1000'],
    ...more,
  };
}

function say(text: string): void {
  if (lines++ < linesMax) console.warn(text);
}
