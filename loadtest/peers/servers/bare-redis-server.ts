import uWS from 'uWebSockets.js';
import { Redis } from 'ioredis';
import { answerParent } from '#loadtest/peers/child-answers.ts';
import { listenBare, turnMs } from './bare-sockets.ts';
import type { ServerOrder } from './server-order.ts';

/*
 * Bare uWebSockets.js behind Redis: a channel per symbol is received by ioredis, and what came within a turn is
 * published as it is. No positions, no history, no recovery: what a hub costs beyond this is what these cost.
 */
const app = uWS.App();
const wanted = new Set<string>();
let arrived: { readonly symbol: string; readonly frame: Buffer }[] = [];

answerParent<ServerOrder>(async ({ redisUrl }) => {
  const redis = new Redis(redisUrl);
  redis.on('messageBuffer', (channel: Buffer, frame: Buffer) => {
    arrived.push({ symbol: channel.toString('latin1'), frame });
  });
  setInterval(() => {
    const turn = arrived;
    arrived = [];
    for (const { symbol, frame } of turn) app.publish(symbol, frame, true);
  }, turnMs);
  return listenBare(app, async (symbols) => {
    const further = symbols.filter((symbol) => !wanted.has(symbol));
    for (const symbol of further) wanted.add(symbol);
    if (further.length > 0) await redis.subscribe(...further);
  });
});
