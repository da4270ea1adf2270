import uWS from 'uWebSockets.js';
import { codecs, type WireFormat } from '#protocol/codec.ts';

/**
 * The ceiling: uWebSockets.js with nothing around it. Run as a child process. Sockets are put on one topic
 * per symbol; a timer publishes updates that were encoded beforehand, so only the fan-out is left.
 */
interface Start {
  readonly format: WireFormat;
  /** A subscription is answered with one update of each symbol. */
  readonly snapshots?: boolean;
}

interface Publish {
  readonly symbols: readonly string[];
  readonly ticksPerSecond: number;
  readonly seconds: number;
}

const turnMs = 10;
const app = uWS.App();

function listen({ format, snapshots = false }: Start): Promise<number> {
  const codec = codecs[format];
  app.ws('/ws', {
    maxBackpressure: 1_048_576,
    upgrade: (response, request, context) =>
      response.upgrade(
        {},
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      ),
    message(socket, message) {
      const decoded = codec.decode(new Uint8Array(message));
      if (!decoded.ok) return;
      for (const symbol of (decoded.value as { symbols: string[] }).symbols) {
        socket.subscribe(symbol);
        if (snapshots) socket.send(frameOf(symbol, format), codec.binary);
      }
    },
  });
  return new Promise((resolve) => {
    app.listen('127.0.0.1', 0, (socket) => resolve(socket ? uWS.us_socket_local_port(socket) : -1));
  });
}

/**
 * Publishes at the rate asked, catching up after a late timer as a hub's turn does; resolves with the number
 * published.
 */
function publish(order: Publish, format: WireFormat): Promise<number> {
  const { binary } = codecs[format];
  const frames = order.symbols.map((symbol) => ({ symbol, frame: frameOf(symbol, format) }));
  const total = order.ticksPerSecond * order.seconds;
  const started = performance.now();
  let published = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * order.ticksPerSecond));
      for (; published < due; published++) {
        const { symbol, frame } = frames[published % frames.length] ?? { symbol: '', frame: '' };
        app.publish(symbol, frame, binary);
      }
      if (published < total) return;
      clearInterval(timer);
      resolve(published);
    }, turnMs);
  });
}

function frameOf(symbol: string, format: WireFormat): string | Uint8Array {
  const now = Date.now();
  const update = {
    price: 100.25,
    timestamp: new Date(now).toISOString(),
    seq: 1000,
    size: 100,
    bid: 100.25,
    ask: 100.25,
    received: now,
  };
  const frame = codecs[format].encode({ type: 'price_update', data: { [symbol]: update } });
  return typeof frame === 'string' ? frame : Uint8Array.from(frame); // off the encoder's pool
}

let format: WireFormat = 'json';

process.on('message', async (message: Start | Publish) => {
  if ('format' in message) {
    format = message.format;
    process.send?.(await listen(message));
  } else process.send?.(await publish(message, format));
});
process.once('disconnect', () => process.exit(0)); // who holds the bench is gone
