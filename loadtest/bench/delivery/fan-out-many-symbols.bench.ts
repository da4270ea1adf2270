import { hubAgainstBare } from './hub-against-bare.ts';

/*
 * Many symbols, each with a single subscriber: what does a tick cost when nobody shares it?
 *
 *   feed ──▶ Redis ──▶ hub ──────▶ 20 sockets × 500 of 10,000 symbols, no symbol twice
 *              timer ──▶ bare ───▶ the same
 *
 * 10,000 ticks/s × 1 socket = 10,000 deliveries/s, MessagePack, gathered for 10 ms on both sides.
 * Timed: CPU seconds, user and system, of the server process. This is the hub's worst case: reading the tick
 * from Redis, joining it on and encoding it are paid for one delivery, where the bare server reads and encodes
 * nothing. Fails when an update is missing or repeated.
 */
export const bench = hubAgainstBare({
  symbolCount: 10_000,
  sockets: 20,
  symbolsPerSocket: 500,
  ticksPerSecond: 10_000,
  seconds: 2,
  ratioMin: 0.1,
});
