import { setTimeout } from 'k6/timers';
import { symbolsOfSocket } from '../../scripted/catalogue.ts';
import type { Parameters } from '../../scripted/parameters.ts';
import { FollowingSocket } from './socket.ts';
import type { Start } from './start.ts';

/** What one virtual user does. */
export interface UserPlan {
  readonly parameters: Parameters;
  readonly start: Start;
  /** Number of the virtual user within its scenario, from 0. */
  readonly user: number;
  /** Names those whose latency is looked at together, e.g. `base`. */
  readonly crowd: string;
  /** How long its sockets stay, ms. */
  readonly stayMs: number;
  /** Every socket is lost at these times after its start, ms, and resumes. */
  readonly reconnectsMs?: readonly number[];
  /** Those reconnects are spread over so much time, ms. */
  readonly spreadMs?: number;
}

/** How long the end may take: for the reference to be answered, and then for the sockets to get as far. */
const settleMs = 3000;
const pollMs = 100;
/** Symbols that the reference asks for, as a hub lets one socket hold 1,024 unless told otherwise. */
const referenceSymbolsMax = 1000;

/** Opens the virtual user's sockets; k6 goes on as long as they, or timers, are there. */
export function follow(plan: UserPlan): void {
  const { socketsPerUser } = plan.parameters;
  const sockets = Array.from({ length: socketsOf(plan) }, (_, i) =>
    openSocket(plan, plan.user * socketsPerUser + i),
  );
  for (const atMs of plan.reconnectsMs ?? [])
    setTimeout(() => {
      for (const socket of sockets) socket.reconnect(Math.random() * (plan.spreadMs ?? 0));
    }, atMs);
  setTimeout(() => settle(plan, sockets), plan.stayMs);
}

/** Virtual users that hold so many sockets. */
export function usersFor(sockets: number, { socketsPerUser }: Parameters): number {
  return Math.ceil(sockets / socketsPerUser);
}

/** The last one of a scenario holds what is left over. */
function socketsOf({ user, parameters: { sockets, socketsPerUser } }: UserPlan): number {
  return Math.max(1, Math.min(socketsPerUser, sockets - user * socketsPerUser));
}

function openSocket(plan: UserPlan, index: number): FollowingSocket {
  const { parameters, start, crowd } = plan;
  const symbols = symbolsOfSocket(index, start.symbols, parameters.symbolsPerSocket);
  const options = { symbols, frequency: parameters.frequency, now: Date.now };
  const socket = new FollowingSocket(parameters.targets, index, crowd, options);
  socket.connect();
  return socket;
}

/**
 * The end: a new client asks where the symbols stand, and every socket must get as far. So an update that
 * came to nobody at all, or to one socket never, is found even though no later one shows the hole.
 */
function settle({ parameters, user }: UserPlan, sockets: readonly FollowingSocket[]): void {
  const { targets, frequency } = parameters;
  const symbols = [...new Set(sockets.flatMap(({ follower }) => follower.symbols))];
  const asked = symbols.slice(0, referenceSymbolsMax);
  const reference = new FollowingSocket(targets, user, 'reference', {
    symbols: asked,
    frequency: 0,
    now: Date.now,
  });
  reference.connect();
  const isAnswered = (): boolean => Object.keys(reference.follower.positions()).length === asked.length;
  whenOrLate(isAnswered, settleMs, () => {
    const positions = reference.follower.positions();
    reference.end();
    const areAsFar = (): boolean => sockets.every(({ follower }) => follower.behind(positions).length === 0);
    whenOrLate(areAsFar, settleMs + frequency, () => {
      for (const socket of sockets) {
        socket.follower.settle(positions);
        socket.end();
      }
    });
  });
}

/** Goes on when `condition` holds, or after `patienceMs` all the same. */
function whenOrLate(condition: () => boolean, patienceMs: number, goOn: () => void): void {
  if (condition() || patienceMs <= 0) goOn();
  else setTimeout(() => whenOrLate(condition, patienceMs - pollMs, goOn), pollMs);
}
