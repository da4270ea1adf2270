import { setTimeout as delay } from 'node:timers/promises';

/** How long a fault lasts is a part of it: nothing happens at its end that could be waited for. */
export function lasts(ms: number): Promise<void> {
  return delay(ms);
}

/** `work`'s result, or undefined when it fails or takes longer than `timeoutMs`: its server may stand still. */
export async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work.catch(() => undefined),
      delay(timeoutMs, undefined, { signal: late.signal }),
    ]);
  } finally {
    late.abort();
  }
}

/** ms of `performance.now()` at which `condition` holds for the first time. @throws Error after `timeoutMs` */
export async function moment(
  what: string,
  condition: () => Promise<boolean>,
  timeoutMs = 30_000,
): Promise<number> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await within(askTimeoutMs, condition())) return performance.now();
    await delay(pollMs);
  }
  throw new Error(`within ${timeoutMs} ms it did not happen that ${what}`);
}

const askTimeoutMs = 300;
const pollMs = 10;
