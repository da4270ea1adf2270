import type { FollowingSocket } from './following-socket.ts';

/** How long the end may take: for the reference to be answered, and then for the sockets to get as far. */
const settleMs = 3000;
const pollMs = 100;
/** Symbols that the reference asks for, as a hub lets one socket hold 1,024 unless told otherwise. */
const referenceSymbolsMax = 1000;

/** What the end of a run needs: a timer, and clients to compare with. */
export interface SettleDeps {
  after(ms: number, action: () => void): unknown;
  /** A client that has just come, for these symbols; not connected yet. */
  createReference(symbols: readonly string[]): FollowingSocket;
  /** Longest time that an update may wait in the hub: the sockets' frequency, ms. */
  readonly frequency: number;
}

/**
 * The end of `sockets`: a new client asks where their symbols stand, and every one must get as far. So an update
 * that never came is found even though no later one shows the hole. Ends all of them, and then calls `done`.
 */
export function settle(sockets: readonly FollowingSocket[], deps: SettleDeps, done: () => void): void {
  const symbols = [...new Set(sockets.flatMap(({ follower }) => follower.symbols))];
  const asked = symbols.slice(0, referenceSymbolsMax);
  const reference = deps.createReference(asked);
  reference.connect();
  const isAnswered = (): boolean => Object.keys(reference.follower.positions()).length === asked.length;
  whenOrLate(deps, isAnswered, settleMs, () => {
    const positions = reference.follower.positions();
    reference.end();
    const areAsFar = (): boolean => sockets.every(({ follower }) => follower.behind(positions).length === 0);
    whenOrLate(deps, areAsFar, settleMs + deps.frequency, () => {
      for (const socket of sockets) {
        socket.follower.settle(positions);
        socket.end();
      }
      done();
    });
  });
}

/** Goes on when `condition` holds, or after `patienceMs` all the same. */
function whenOrLate(deps: SettleDeps, condition: () => boolean, patienceMs: number, goOn: () => void): void {
  if (condition() || patienceMs <= 0) goOn();
  else deps.after(pollMs, () => whenOrLate(deps, condition, patienceMs - pollMs, goOn));
}
