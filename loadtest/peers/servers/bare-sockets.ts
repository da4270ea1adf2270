import uWS, { type TemplatedApp } from 'uWebSockets.js';
import { codecs } from '#protocol/codec.ts';

/** How long updates are gathered before they are published, as long as a hub does under load by default. */
export const turnMs = 25;

const ready = 'ready';

/**
 * Bare uWebSockets.js: a socket's symbols are its topics, C++ does the rest. Resolves with the port.
 * @param firstFrame what a socket is sent of each of its symbols when it has subscribed; nothing when undefined
 */
export function listenBare(
  app: TemplatedApp,
  subscribed: (symbols: string[]) => Promise<void>,
  firstFrame?: (symbol: string) => Uint8Array,
): Promise<number> {
  app.ws<{ open: boolean }>('/ws', {
    maxBackpressure: 1_048_576,
    upgrade: (response, request, context) =>
      response.upgrade(
        { open: true },
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      ),
    message(socket, message) {
      const decoded = codecs.msgpack.decode(Uint8Array.from(new Uint8Array(message)));
      if (!decoded.ok) return;
      const { symbols } = decoded.value as { symbols: string[] };
      const data = socket.getUserData();
      void subscribed(symbols).then(() => {
        if (!data.open) return;
        socket.cork(() => {
          for (const symbol of symbols) {
            socket.subscribe(symbol);
            if (firstFrame !== undefined) socket.send(firstFrame(symbol), true);
          }
          socket.send(ready);
        });
      });
    },
    close(socket) {
      socket.getUserData().open = false;
    },
  });
  return new Promise((resolve) => {
    app.listen('127.0.0.1', 0, (socket) => resolve(socket ? uWS.us_socket_local_port(socket) : -1));
  });
}
