import { setTimeout as delay } from 'node:timers/promises';

/**
 * For what has to happen at some time: longer than any machine that is busy with other tests has ever taken. Who waits in
 * vain is told then; nobody else waits for so long.
 */
export const patientMs = 60_000;

/**
 * Asks again and again until `condition` holds, for what announces itself by no event. A condition that
 * throws does not hold yet.
 * @throws Error that says `what` did not come to pass within `deadlineMs`
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = patientMs,
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
