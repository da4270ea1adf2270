import { type Clock, heldUpMs } from '#client/clock.ts';

/** Distinguishes a quiet market from a dead connection. */
export interface HeartbeatWatch {
  /** Something arrived. Called for every frame, so it only notes the time. */
  heard(): void;
  stop(): void;
}

/** How silence is measured, probed and told. */
export interface HeartbeatDeps {
  readonly clock: Clock;
  /** Asks the hub for a sign of life. */
  readonly probe: () => void;
  /** Nothing was heard for the whole time. Called once. */
  readonly silent: () => void;
}

/** How often it is checked whether the machine slept. */
const checkMs = 5000;
/** After that the hub has to show within so much time that it is still there. */
const probeMs = 5000;

/**
 * Watches from now on. When the machine slept, the connection may be gone without a sign, and the monotonic clock may have
 * stood still: then the hub is probed at once, without waiting for the rest of `silenceMaxMs`. A sleep shows by a check that
 * comes too late, or by the wall clock: that may just have been set, but a probe does no harm to a connection that lives.
 */
export function watchHeartbeats(
  { clock, probe, silent }: HeartbeatDeps,
  silenceMaxMs: number,
): HeartbeatWatch {
  let heardAt = clock.monotonic();
  let checkedAt = { monotonic: clock.monotonic(), wall: clock.now() };
  let cancel = checkAfter(Math.min(checkMs, silenceMaxMs));

  function checkAfter(waitMs: number): () => void {
    return clock.after(waitMs, () => check(waitMs));
  }

  function check(waitedMs: number): void {
    const now = { monotonic: clock.monotonic(), wall: clock.now() };
    const passedMs = now.monotonic - checkedAt.monotonic;
    const wallPassedMs = now.wall - checkedAt.wall;
    checkedAt = now;
    if (passedMs - waitedMs > heldUpMs || Math.abs(wallPassedMs - passedMs) > heldUpMs) {
      heardAt = now.monotonic + Math.min(0, probeMs - silenceMaxMs);
      probe();
    }
    const leftMs = heardAt + silenceMaxMs - now.monotonic;
    if (leftMs > 0) cancel = checkAfter(Math.min(checkMs, leftMs));
    else silent();
  }

  return {
    heard() {
      heardAt = clock.monotonic();
    },
    stop: () => cancel(),
  };
}
