/** Collects what has to be ended, as it is started. */
export interface Closing {
  /** Run last to first; each runs, also when another fails. */
  defer(close: () => Promise<unknown>): void;
}

/**
 * Runs `action` and ends what it deferred, whether it succeeds or not.
 * @throws what `action` throws, else the first failure to close
 */
export async function withClosing<Result>(action: (closing: Closing) => Promise<Result>): Promise<Result> {
  const deferred: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<unknown[]> => {
    const failures: unknown[] = [];
    for (const close of deferred.reverse()) await close().catch((failure: unknown) => failures.push(failure));
    return failures;
  };
  let result: Result;
  try {
    result = await action({ defer: (close) => void deferred.push(close) });
  } catch (error) {
    await closeAll(); // what went wrong first is what is told
    throw error;
  }
  const [failure] = await closeAll();
  if (failure !== undefined) throw failure;
  return result;
}
