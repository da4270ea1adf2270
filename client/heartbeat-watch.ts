import { type Clock, heldUpMs } from './clock.ts';

/** Tells a quiet market from a dead connection. */
export interface HeartbeatWatch {
  /** Something arrived. Called for every frame, so it only notes the time. */
  heard(): void;
  stop(): void;
}

export interface HeartbeatDeps {
  readonly clock: Clock;
  /** Asks the hub for a sign of life. */
  readonly probe: () => void;
  /** Nothing was heard for the whole time. Called once. */
  readonly silent: () => void;
}

/** How often it is looked whether the machine slept. */
const lookMs = 5000;
/** After that the hub has to show within so much time that it is still there. */
const probeMs = 5000;

/**
 * Watches from now on. When the machine slept, the connection may be gone though nothing tells so, and the clock may not
 * even have noticed the time: then it is not waited for the rest of `silenceMaxMs`, but asked. It shows by a look that
 * comes too late, or by the wall clock: that may just have been set, but to ask does no harm to a connection that lives.
 */
export function watchHeartbeats(
  { clock, probe, silent }: HeartbeatDeps,
  silenceMaxMs: number,
): HeartbeatWatch {
  let heardAt = clock.monotonic();
  let lookedAt = { monotonic: clock.monotonic(), wall: clock.now() };
  let cancel = lookAfter(Math.min(lookMs, silenceMaxMs));

  function lookAfter(waitMs: number): () => void {
    return clock.after(waitMs, () => look(waitMs));
  }

  function look(waitedMs: number): void {
    const now = { monotonic: clock.monotonic(), wall: clock.now() };
    const passedMs = now.monotonic - lookedAt.monotonic;
    const wallPassedMs = now.wall - lookedAt.wall;
    lookedAt = now;
    if (passedMs - waitedMs > heldUpMs || Math.abs(wallPassedMs - passedMs) > heldUpMs) {
      heardAt = now.monotonic + Math.min(0, probeMs - silenceMaxMs);
      probe();
    }
    const leftMs = heardAt + silenceMaxMs - now.monotonic;
    if (leftMs > 0) cancel = lookAfter(Math.min(lookMs, leftMs));
    else silent();
  }

  return {
    heard() {
      heardAt = clock.monotonic();
    },
    stop: () => cancel(),
  };
}
