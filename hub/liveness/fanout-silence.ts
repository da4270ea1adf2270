import type { Fanout } from '#fanout/ports.ts';
import type { StaleCause } from './stale-causes.ts';

/** How long an outage, or its end, has to last before clients are told; ms. */
export interface FanoutSilenceLimits {
  /** The fanout is away for so long, or back for so long: clients are told. A blink is nobody's concern. */
  readonly staleAfterMs: number;
}

/** What shows whether updates can come in. */
export interface FanoutSilenceDeps {
  readonly fanout: Pick<Fanout, 'available' | 'live'>;
  /** Whether updates that were missed wait to be read. */
  readonly catchingUp: () => boolean;
  /** Unix ms; of what clients are told. */
  readonly now: () => number;
  /** Milliseconds since some time in the past; never goes back. */
  readonly elapsedMs: () => number;
}

/** Watches whether the hub hears its fanout: all of it, parts of it, or nothing. */
export interface FanoutSilence {
  /** To be called often; what clients should know now, undefined: all is well. The same object while it is the same. */
  look(): StaleCause | undefined;
  /** Whether it heard nothing at all when it last looked: commands may be answered, but no update comes. */
  deaf(): boolean;
}

const well = '';
/** No part of a fanout has this name. */
const everything = ' everything';

/** Takes everything for heard until its first `look`. */
export function createFanoutSilence(deps: FanoutSilenceDeps, limits: FanoutSilenceLimits): FanoutSilence {
  const { fanout, now, elapsedMs } = deps;
  const { live } = fanout;
  /** The parts that are not heard, as one text. */
  let seen = well;
  let seenAt = elapsedMs();
  let judged = well;
  let since = 0;
  let cause: StaleCause | undefined;

  const causeOf = (silent: string): StaleCause | undefined => {
    if (silent === well) return undefined;
    if (silent === everything) return { reason: 'fanout_unavailable', since };
    const parts = new Set(silent.split(' '));
    const covers: StaleCause['covers'] = (symbol) => parts.has(live.partOf(symbol) ?? well);
    return { reason: 'fanout_unavailable', since, covers };
  };

  return {
    deaf: () => judged === everything || (judged !== well && judged.split(' ').length >= live.partCount()),
    look() {
      const silent = fanout.available() ? [...live.silentParts()].sort().join(' ') : everything;
      if (silent !== seen) {
        if (seen === well && judged === well) since = now();
        seen = silent;
        seenAt = elapsedMs();
      }
      if (seen === judged || elapsedMs() - seenAt < limits.staleAfterMs) return cause;
      if (seen === well && deps.catchingUp()) return cause;
      judged = seen;
      cause = causeOf(judged);
      return cause;
    },
  };
}
