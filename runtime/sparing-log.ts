/** Writes a line of the log; `fields` are its data. */
export type WriteLine = (fields: Record<string, unknown>, message: string) => void;

/**
 * For lines that strangers can cause as often as they like: at most one in `everyMs` is written, with the number of
 * those that were left out before it as `unlogged`.
 * @param now ms of a clock that never goes back
 */
export function createSparingLog(write: WriteLine, now: () => number, everyMs: number): WriteLine {
  let writtenAt = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  return (fields, message) => {
    if (now() - writtenAt < everyMs) {
      unlogged++;
      return;
    }
    write({ ...fields, unlogged }, message);
    writtenAt = now();
    unlogged = 0;
  };
}
