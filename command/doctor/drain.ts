import { hubLimits } from '#hub/config.ts';
import { type Finding, fail, ok } from '#runtime/finding.ts';
import type { Target } from './command.ts';
import type { Configuration } from './configuration.ts';

/** Whether a hub that is stopped has the time to send all of its clients to others. */
export function drainFindings(
  targets: readonly Target[],
  { hub, process }: Pick<Configuration, 'hub' | 'process'>,
): Finding[] {
  if (hub === undefined || process === undefined || !targets.includes('hub')) return [];
  const topic = 'drain';
  const { drainWindowMs, handOverMs } = hubLimits(hub);
  const needed = drainWindowMs + handOverMs;
  const says = `TICKWIRE_DRAIN_MS ${drainWindowMs} and ${handOverMs} ms to hand over, of TICKWIRE_SHUTDOWN_MS ${process.shutdownMs}`;
  if (needed < process.shutdownMs) return [ok(topic, says)];
  const fix = `set TICKWIRE_SHUTDOWN_MS above ${needed}, and the grace period of what runs the process above that`;
  return [fail(topic, `${says}: clients would be cut off in mid-drain`, fix)];
}
