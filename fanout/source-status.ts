import type { SourceStatus } from './ports.ts';

/** The state of a source from its JSON, or undefined when the text holds none. Does not throw. */
export function parseSourceStatus(text: unknown): SourceStatus | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isSourceStatus(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: not ours
  }
}

const states: ReadonlySet<unknown> = new Set<SourceStatus['state']>([
  'leading',
  'standby',
  'connecting',
  'stale',
  'stopped',
]);

const counts = ['symbols', 'published', 'gaveUp', 'venueGaps', 'reconnects'] as const;

function isSourceStatus(value: unknown): value is SourceStatus {
  if (!isRecord(value)) return false;
  return (
    typeof value.source === 'string' &&
    typeof value.instance === 'string' &&
    states.has(value.state) &&
    counts.every((name) => typeof value[name] === 'number') &&
    ['undefined', 'string'].includes(typeof value.problem) &&
    ['undefined', 'number'].includes(typeof value.lastTickAt) &&
    isRecord(value.rejected) &&
    Object.values(value.rejected).every((count) => typeof count === 'number')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
