import { hubAgainstBare } from './hub-against-bare.ts';

/*
 * One symbol that everybody watches: what does the hub add to the fan-out?
 *
 *                               ┌──▶ socket 1
 *   feed ──▶ Redis ──▶ hub ─ S0 ┼──▶ …
 *              timer ──▶ bare   └──▶ socket 1,000
 *
 * 200 ticks/s × 1,000 sockets = 200,000 deliveries/s, MessagePack, gathered for 10 ms on both sides: each
 * socket gets two updates in a write. Timed: CPU seconds, user and system, of the server process. A tick is
 * read and encoded once for a thousand sockets, so next to nothing but the sockets' writes is left.
 * Fails when an update is missing or repeated.
 */
export const bench = hubAgainstBare({
  symbolCount: 1,
  sockets: 1000,
  symbolsPerSocket: 1,
  ticksPerSecond: 200,
  seconds: 2,
  ratioMin: 0.85,
});
