import { chooseListener, type ListenerChoice } from '#hub/listener/choose-listener.ts';
import type { HubSocket } from '#hub/listener/hub-socket.ts';
import type { ListenerLimits } from '#hub/listener/listener.ts';
import { createLogger } from '#runtime/logger.ts';

export interface EchoServer {
  readonly url: string;
  stop(): void;
}

/** What the echo server knows of a socket: the socket, once it is open. */
interface EchoSession {
  socket?: HubSocket;
}

/**
 * Sends back every message. Conformance suites test what is below messages, and speak to echo servers; this
 * one is the hub's listener with its settings, so what is below is the hub's.
 * @throws PortError when no port is free
 */
export async function startEchoServer(
  limits: ListenerLimits,
  choice: ListenerChoice = 'uws',
): Promise<EchoServer> {
  const log = createLogger('echo', 'silent');
  const listener = await chooseListener({ choice, tls: undefined, log }, limits);
  listener.serve<EchoSession>({
    http: () => ({ status: 404, headers: [] }),
    connections: { opened: () => true, asked: () => undefined, closed: () => undefined },
    sockets: {
      handshake: () => ({ accepted: true, session: {}, subprotocol: '' }),
      opened(session, socket) {
        session.socket = socket;
      },
      received: (session, bytes, binary) => void session.socket?.send(bytes, binary),
      dropped: () => undefined,
      closed: () => undefined,
    },
  });
  const port = await listener.listen('127.0.0.1', 0, false);
  return { url: `ws://127.0.0.1:${port}/ws`, stop: () => listener.close() };
}
