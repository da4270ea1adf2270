import { hubAgainstBare } from './hub-against-bare.ts';

/*
 * How much of what bare uWebSockets.js delivers does a hub deliver, on a fast tape?
 *
 *   feed ──▶ Redis ──▶ hub ──────▶ 1,000 sockets × 50 of 1,000 symbols
 *              timer ──▶ bare ───▶ the same sockets and symbols
 *
 * 10,000 ticks/s × 50 sockets each = 500,000 deliveries/s, MessagePack, gathered for 10 ms on both sides.
 * Timed: CPU seconds, user and system, of the one server process from the first tick to the last delivery.
 * The hub reads ticks from Redis, numbers and encodes them; the bare server publishes one frame that it has
 * encoded beforehand. Fails when an update is missing or repeated.
 */
export const bench = hubAgainstBare({
  symbolCount: 1000,
  sockets: 1000,
  symbolsPerSocket: 50,
  ticksPerSecond: 10_000,
  seconds: 2,
  ratioMin: 0.85,
});
