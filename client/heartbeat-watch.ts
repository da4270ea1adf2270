import type { Clock } from './clock.ts';

/** Tells a quiet market from a dead connection. */
export interface HeartbeatWatch {
  /** Something arrived. Called for every frame, so it only notes the time. */
  heard(): void;
  stop(): void;
}

export interface HeartbeatDeps {
  readonly clock: Clock;
  /** Nothing was heard for the whole time. Called once. */
  readonly silent: () => void;
}

/** Watches from now on. A timer that comes late (a laptop slept, a tab was frozen) looks at the clock again. */
export function watchHeartbeats({ clock, silent }: HeartbeatDeps, silenceMaxMs: number): HeartbeatWatch {
  let heardAt = clock.now();
  let cancel = clock.after(silenceMaxMs, look);

  function look(): void {
    const leftMs = heardAt + silenceMaxMs - clock.now();
    if (leftMs > 0) cancel = clock.after(leftMs, look);
    else silent();
  }

  return {
    heard() {
      heardAt = clock.now();
    },
    stop: () => cancel(),
  };
}
