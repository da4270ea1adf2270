/** Sessions that are visited in one round of the event loop: some 5 ms of writes. */
const sessionsPerRound = 500;

export interface SessionRoundsDeps<One> {
  /** Those that come while a tour is under way are visited too. */
  readonly sessions: ReadonlySet<One>;
  /** Does work in the next round of the event loop. */
  readonly nextRound: (work: () => void) => void;
}

/**
 * Visits every session, some in each round of the event loop: 18,000 writes at once would hold up live updates
 * for 200 ms. Calls that come while a tour is under way share the next one.
 * @param begin what the tour does with each session; called when it begins, undefined: there is nothing to do
 * @returns asks for a tour
 */
export function createSessionRounds<One>(
  { sessions, nextRound }: SessionRoundsDeps<One>,
  begin: () => ((session: One) => void) | undefined,
): () => void {
  let underWay = false;
  let again = false;

  const tour = (): void => {
    again = false;
    const visit = begin();
    underWay = visit !== undefined;
    if (visit !== undefined) goOn(sessions.values(), visit);
  };

  const goOn = (iterator: Iterator<One>, visit: (session: One) => void): void => {
    for (let left = sessionsPerRound; left > 0; left--) {
      const next = iterator.next();
      if (next.done === true) {
        underWay = false;
        if (again) tour();
        return;
      }
      visit(next.value);
    }
    nextRound(() => goOn(iterator, visit));
  };

  return () => {
    if (underWay) again = true;
    else tour();
  };
}
