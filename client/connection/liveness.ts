import { afterWaiting, type Clock } from '#client/clock.ts';
import { type HeartbeatWatch, watchHeartbeats } from './heartbeat-watch.ts';

/** How a connection is probed, and who hears that it is dead. */
export interface LivenessDeps {
  readonly clock: Clock;
  /** Asks the hub for a sign of life. */
  readonly probe: () => void;
  /** The connection is of no use. @param problem why, for people */
  readonly dead: (problem: string) => void;
}

/** Whether the hub of one connection lives: it has to say welcome in time, and something every now and then after that. */
export interface Liveness {
  welcomed(heartbeatMs: number): void;
  /** Something arrived. Called for every frame. */
  heard(): void;
  stop(): void;
}

/** Watches from now on. @param openTimeoutMs until the hub's `welcome` */
export function watchLiveness({ clock, probe, dead }: LivenessDeps, openTimeoutMs: number): Liveness {
  const cancelOpen = afterWaiting(clock, openTimeoutMs, () => dead(`no answer in ${openTimeoutMs} ms`));
  let watch: HeartbeatWatch | undefined;
  return {
    welcomed(heartbeatMs) {
      cancelOpen();
      watch?.stop();
      const silenceMaxMs = 2 * heartbeatMs;
      const silent = (): void => dead(`nothing heard for ${silenceMaxMs} ms`);
      watch = watchHeartbeats({ clock, probe, silent }, silenceMaxMs);
    },
    heard: () => watch?.heard(),
    stop() {
      cancelOpen();
      watch?.stop();
    },
  };
}
