import type { Clock } from '#feed-adapter/clock.ts';

/** Resolves `ms` from now, or as soon as `signal` is aborted. */
export function pause(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end, { once: true });

    function end(): void {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
