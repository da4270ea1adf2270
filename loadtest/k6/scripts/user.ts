import { symbolsOfSocket } from '#loadtest/scripted/catalogue.ts';
import { FollowingSocket } from '#loadtest/scripted/following-socket.ts';
import type { Parameters } from '#loadtest/scripted/parameters.ts';
import { type SettleDeps, settle } from '#loadtest/scripted/settle.ts';
import { after, followingDeps } from './following.ts';
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

/** Opens the virtual user's sockets; k6 goes on as long as they, or timers, are there. */
export function follow(plan: UserPlan): void {
  const { socketsPerUser } = plan.parameters;
  const sockets = Array.from({ length: socketsOf(plan) }, (_, i) =>
    openSocket(plan, plan.user * socketsPerUser + i),
  );
  for (const atMs of plan.reconnectsMs ?? [])
    after(atMs, () => {
      for (const socket of sockets) socket.reconnect(Math.random() * (plan.spreadMs ?? 0));
    });
  after(plan.stayMs, () => settle(sockets, settleDeps(plan), () => undefined));
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
  const socket = new FollowingSocket(followingDeps(crowd), parameters.targets, index, options);
  socket.connect();
  return socket;
}

function settleDeps({ parameters: { targets, frequency }, user }: UserPlan): SettleDeps {
  return {
    after,
    frequency,
    createReference: (symbols) =>
      new FollowingSocket(followingDeps('reference'), targets, user, {
        symbols,
        frequency: 0,
        now: Date.now,
      }),
  };
}
