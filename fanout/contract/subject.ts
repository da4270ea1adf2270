import type { Fanout } from '#fanout/ports.ts';

/** A fanout on trial, over an empty store. */
export interface Opened {
  readonly fanout: Fanout;
  /** What another process sees of the same store; the same object where there can be none. */
  second(): Promise<Fanout>;
  close(): Promise<void>;
}

/** What every part of the suite gets: the fanout, once it is open. */
export type Subject = () => Opened;
