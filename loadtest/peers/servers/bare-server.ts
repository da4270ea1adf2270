import uWS from 'uWebSockets.js';
import { answerParent } from '#loadtest/peers/child-answers.ts';
import type { FeedOrder } from '#loadtest/peers/feeds/feed-orders.ts';
import { listenBare, turnMs as turnUsualMs } from './bare-sockets.ts';
import { PreparedFrames } from './prepared-frames.ts';
import type { ServerOrder } from './server-order.ts';

/*
 * The ceiling: uWebSockets.js with nothing around it. A timer publishes updates in the server itself, so there
 * is neither Redis nor a feed in front of the fan-out, and their frames are encoded beforehand.
 */
const app = uWS.App();
let symbols = 0;
let frames = new PreparedFrames(0);
/** Updates published, in all. */
let made = 0;
let turnMs = turnUsualMs;
let timer: NodeJS.Timeout | undefined;

answerParent<ServerOrder | FeedOrder>(async (message) => {
  switch (message.order) {
    case 'listen':
      turnMs = message.turnMs ?? turnUsualMs;
      return listenBare(app, async () => undefined, message.snapshots === true ? firstFrame : undefined);
    case 'connect':
      symbols = message.symbols;
      frames = new PreparedFrames(symbols);
      return undefined;
    case 'start':
      publish(message.updatesPerSecond);
      return undefined;
    case 'stop':
      clearInterval(timer);
      return made;
  }
});

function publish(updatesPerSecond: number): void {
  const started = performance.now();
  const before = made;
  timer = setInterval(() => {
    const due = before + Math.floor(((performance.now() - started) / 1000) * updatesPerSecond);
    const now = Date.now();
    for (; made < due; made++) {
      const index = made % symbols;
      app.publish(`S${index}`, frames.frame(index, Math.floor(made / symbols) + 1, now), true);
    }
  }, turnMs);
}

function firstFrame(symbol: string): Uint8Array {
  return frames.frame(Number(symbol.slice(1)), 0, Date.now());
}
