import uWS from 'uWebSockets.js';
import { type SocketLimits, socketSettings } from '#hub/socket-server.ts';

export interface EchoServer {
  readonly url: string;
  stop(): void;
}

/**
 * Sends back every message. Conformance suites test what is below messages, and speak to echo servers; this
 * one has the hub's build of uWebSockets.js and its settings, so what is below is the hub's.
 * @throws Error when no port is free
 */
export function startEchoServer(limits: SocketLimits): Promise<EchoServer> {
  const app = uWS.App();
  app.ws('/ws', {
    ...socketSettings(limits),
    message: (socket, message, binary) => {
      socket.send(message, binary);
    },
  });
  return new Promise((resolve, reject) => {
    app.listen('127.0.0.1', 0, (listening) => {
      if (!listening) reject(new Error('the echo server got no port of 127.0.0.1; free some'));
      else
        resolve({
          url: `ws://127.0.0.1:${uWS.us_socket_local_port(listening)}/ws`,
          stop: () => void app.close(),
        });
    });
  });
}
