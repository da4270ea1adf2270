import type { Parameters } from '#loadtest/scripted/parameters.ts';

/** How a virtual user spends its time. */
export interface Stay {
  /** From now, ms. */
  readonly stayMs: number;
  /** Its socket is lost at these times from now, ms, and resumes. */
  readonly reconnectsMs: readonly number[];
  /** Those reconnects are spread over so much time, ms. */
  readonly spreadMs: number;
  /** Whose latency is looked at together. */
  readonly crowd: 'base' | 'crowd';
}

let startedAtMs: number | undefined;

/** Unix ms of this worker's first virtual user. */
export function startOf(nowMs: number): number {
  startedAtMs ??= nowMs;
  return startedAtMs;
}

/** Times at which a soak's sockets are lost, as shares of its whole. */
const soakReconnects = [0.1, 0.3, 0.5, 0.7, 0.9];
const stormReconnects = [0.25, 0.5, 0.75];

/** @throws Error when there is no such scenario */
export function stayOf(
  scenario: string,
  { durationSeconds }: Parameters,
  startMs: number,
  nowMs: number,
): Stay {
  const durationMs = durationSeconds * 1000;
  const elapsedMs = nowMs - startMs;
  const rest: Stay = { stayMs: durationMs - elapsedMs, reconnectsMs: [], spreadMs: 0, crowd: 'base' };
  const at = (shares: readonly number[]): number[] =>
    shares.map((share) => share * durationMs - elapsedMs).filter((ms) => ms > 0);
  switch (scenario) {
    case 'smoke':
    case 'ramp':
      return rest;
    case 'soak':
      return { ...rest, reconnectsMs: at(soakReconnects), spreadMs: durationMs / 10 };
    case 'reconnect-storm':
      return { ...rest, reconnectsMs: at(stormReconnects), spreadMs: 500 };
    case 'spike':
      return elapsedMs < durationMs / 4 ? rest : { ...rest, stayMs: durationMs / 3, crowd: 'crowd' };
    default:
      throw new Error(`SCENARIO=${scenario} must be smoke, ramp, soak, spike or reconnect-storm`);
  }
}
