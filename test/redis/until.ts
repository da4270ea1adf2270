import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until `condition` holds, for what announces itself by no event. A condition that
 * throws does not hold yet.
 * @throws Error that says `what` did not come to pass within `deadlineMs`
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  let problem: unknown;
  while (performance.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (error) {
      problem = error;
    }
    await delay(10);
  }
  throw new Error(`within ${deadlineMs} ms it did not happen that ${what}`, { cause: problem });
}
