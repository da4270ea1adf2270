import { FanoutError } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Cancel, Clock } from './clock.ts';

/** What is repeated, and by which clock. */
export interface PeriodicDeps {
  readonly clock: Clock;
  readonly log: Logger;
  /** What is repeated, for the log. */
  readonly name: string;
  /** May fail with a FanoutError: it is logged once, and the next time comes. */
  readonly task: () => Promise<void>;
}

/** Repeats a task, at once and then every `everyMs`; never twice at the same time. Returns how to end it. */
export function startPeriodic({ clock, log, name, task }: PeriodicDeps, everyMs: number): Cancel {
  let cancel: Cancel = () => undefined;
  let busy = false;
  let failing = false;

  async function run(): Promise<void> {
    busy = true;
    try {
      await task();
      failing = false;
    } catch (error) {
      if (!(error instanceof FanoutError)) throw error; // a bug: ends the process, as nobody catches it
      if (!failing) log.warn({ task: name, code: error.code }, 'periodic task fails, trying again');
      failing = true;
    } finally {
      busy = false;
    }
  }

  function next(): void {
    cancel = clock.after(everyMs, next);
    if (!busy) void run();
  }

  next();
  return () => cancel();
}
