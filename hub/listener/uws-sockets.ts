import type { HubSocket } from './hub-socket.ts';
import { type ConnectionHandlers, type ListenerLimits, type SocketHandlers, socketPath } from './listener.ts';
import { handshakeOf, sendAnswer } from './uws-http.ts';
import type { NativeApp, NativeBehavior, NativeModule, NativeSettings, NativeSocket } from './uws-types.ts';

/** uWebSockets copies the properties of what it is given on to its socket, so the session goes in whole. */
interface SocketData<Session> {
  readonly session: Session;
}

/** Adds the WebSocket endpoint to `app`; returns how many sockets are open there. */
export function serveSockets<Session>(
  app: NativeApp,
  settings: NativeSettings,
  handlers: SocketHandlers<Session>,
  connections: ConnectionHandlers,
): () => number {
  let open = 0;
  const behavior: NativeBehavior<SocketData<Session>> = {
    ...settings,
    upgrade(response, native, context) {
      const request = handshakeOf(response, native);
      connections.asked(request.peer);
      const handshake = handlers.handshake(request);
      if (!handshake.accepted) {
        sendAnswer(response, handshake.answer, true);
        return;
      }
      connections.closed(); // as a connection: the filter hears no more of it
      const { session, subprotocol } = handshake;
      const key = request.headers.find(([name]) => name === 'sec-websocket-key')?.[1] ?? '';
      response.upgrade({ session }, Buffer.from(key), Buffer.from(subprotocol), noExtensions, context);
    },
    open(socket) {
      open++;
      handlers.opened(socket.getUserData().session, socket as unknown as HubSocket);
    },
    message: (socket, message, binary) =>
      handlers.received(socket.getUserData().session, new Uint8Array(message), binary),
    dropped: (socket) => handlers.dropped(socket.getUserData().session),
    close(socket: NativeSocket<SocketData<Session>>) {
      open--;
      handlers.closed(socket.getUserData().session);
    },
  };
  app.ws(Buffer.from(socketPath), behavior);
  return () => open;
}

/** How the hub has uWebSockets treat its sockets; an echo server of the conformance tests has the same. */
export function socketSettings(
  { DISABLED }: Pick<NativeModule, 'DISABLED'>,
  limits: Pick<ListenerLimits, 'frameBytesMax' | 'socketBufferBytes' | 'idleTimeoutSeconds'>,
): NativeSettings {
  return {
    maxPayloadLength: limits.frameBytesMax,
    maxBackpressure: limits.socketBufferBytes,
    idleTimeout: limits.idleTimeoutSeconds,
    sendPingsAutomatically: true,
    compression: DISABLED,
  };
}

/** Compression was not negotiated. */
const noExtensions = new Uint8Array(0);
