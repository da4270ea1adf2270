import type { FollowerSink } from '#loadtest/scripted/follower.ts';

/** Where Artillery takes a virtual user's metrics from. */
export interface Events {
  emit(event: 'counter' | 'histogram' | 'rate', name: string, value: number): unknown;
}

const faultCounters = {
  gap: 'tickwire.gaps',
  repeat: 'tickwire.repeats',
  disorder: 'tickwire.disorders',
  behind: 'tickwire.behind',
} as const;

/** Lines that one worker prints about faults and refusals; the counters have all of them. */
const linesMax = 5;
let lines = 0;

/** What a follower sees becomes Artillery's metrics. */
export function createEventsSink(events: Events, crowd: string): FollowerSink {
  const count = (name: string): unknown => events.emit('counter', name, 1);
  const measure = (name: string, ms: number): unknown => events.emit('histogram', name, ms);
  return {
    update(latencyMs) {
      count('tickwire.updates');
      if (latencyMs === undefined) return;
      measure('tickwire.latency', latencyMs);
      if (crowd === 'base') measure('tickwire.latency_base', latencyMs);
    },
    answered: (ms) => measure('tickwire.first_answer', ms),
    resumed(ms, recovered) {
      measure('tickwire.resume_time', ms);
      count(recovered ? 'tickwire.recovered' : 'tickwire.not_recovered');
    },
    reset: () => count('tickwire.resets'),
    refused(text) {
      count('tickwire.refused');
      say(text);
    },
    fault(kind, text) {
      count(faultCounters[kind]);
      say(`${kind}: ${text}`);
    },
  };
}

/** A condition on a counter that was never there would fail, though nothing happened. */
export function startFromZero(events: Events): void {
  const others = ['updates', 'resets', 'refused', 'drops', 'connect_failures', 'recovered', 'not_recovered'];
  for (const name of [...others.map((other) => `tickwire.${other}`), ...Object.values(faultCounters)])
    events.emit('counter', name, 0);
}

function say(text: string): void {
  if (lines++ < linesMax) console.warn(text);
}
