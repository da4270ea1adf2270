import uWS from 'uWebSockets.js';
import { answerParent } from '../child-answers.ts';
import type { FeedOrder } from '../feeds/feed-orders.ts';
import { tickwireFrame, UpdateSource } from '../update.ts';
import { listenBare, turnMs } from './bare-sockets.ts';
import type { ServerOrder } from './server-order.ts';

/*
 * The ceiling: uWebSockets.js with nothing around it. A timer makes the updates in the server itself, so there
 * is neither Redis nor a feed in front of the fan-out.
 */
const app = uWS.App();
let source = new UpdateSource(1);
let timer: NodeJS.Timeout | undefined;

answerParent<ServerOrder | FeedOrder>(async (message) => {
  switch (message.order) {
    case 'listen':
      return listenBare(app, async () => undefined);
    case 'connect':
      source = new UpdateSource(message.symbols);
      return undefined;
    case 'start':
      publish(message.updatesPerSecond);
      return undefined;
    case 'stop':
      clearInterval(timer);
      return source.made;
  }
});

function publish(updatesPerSecond: number): void {
  const started = performance.now();
  timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * updatesPerSecond);
    while (source.made < due) {
      const update = source.next();
      app.publish(update.symbol, tickwireFrame(update), true);
    }
  }, turnMs);
}
