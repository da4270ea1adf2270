import type { Clock } from '#feed-adapter/clock.ts';
import { pause } from '#feed-adapter/venues/transport/pause.ts';

/** As fast as it happened, a number of times faster, or as fast as it is taken. */
export type FilePace = 'realtime' | 'asap' | number;

/** The factors by which a file may be played slower or faster. */
export const paceRange = { min: 0.001, max: 1_000_000 } as const;

/** Says when a row's time has come. */
export interface Pace {
  /** The next row is the first again: its time is now. */
  restart(): void;
  /** Resolves when what happened at `venueTime` (Unix ms) is due, or when `signal` is aborted. */
  due(venueTime: number, signal: AbortSignal): Promise<void>;
}

/** Timers hold 24 days at most, a file's gap may be longer. */
const pauseMaxMs = 60_000;

/** @throws RangeError when `pace` is out of its range */
export function paceOf(pace: FilePace, clock: Clock): Pace {
  if (pace === 'asap') return { restart: () => undefined, due: async () => undefined };
  const factor = pace === 'realtime' ? 1 : pace;
  if (!(factor >= paceRange.min && factor <= paceRange.max))
    throw new RangeError(`pace is ${pace}, but must be from ${paceRange.min} to ${paceRange.max}`);
  let first: { readonly venueTime: number; readonly at: number } | undefined;

  async function due(venueTime: number, signal: AbortSignal): Promise<void> {
    first ??= { venueTime, at: clock.monotonic() };
    const at = first.at + (venueTime - first.venueTime) / factor;
    for (let left = at - clock.monotonic(); left > 0 && !signal.aborted; left = at - clock.monotonic())
      await pause(clock, Math.min(left, pauseMaxMs), signal);
  }

  function restart(): void {
    first = undefined;
  }

  return { restart, due };
}
