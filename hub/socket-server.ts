import uWS from 'uWebSockets.js';
import { type Codec, negotiateCodec } from '#protocol/codec.ts';
import type { Admission } from './admission.ts';
import { shownTokens } from './auth/shown-tokens.ts';
import type { HubCounts } from './counts.ts';
import type { HubSocket, Session } from './session.ts';

/** What happens to sockets; the sessions are the hub's. */
export interface SocketHandlers {
  /** A session for a socket that was let in; `tokens` are those in its handshake. */
  create(codec: Codec, address: string, tokens: readonly string[]): Session;
  opened(session: Session): void;
  /** `bytes` are only valid during the call. */
  received(session: Session, bytes: Uint8Array, binary: boolean): void;
  /** Frames of this socket were dropped. No publishing or subscribing in here. */
  dropped(session: Session): void;
  closed(session: Session): void;
}

export interface SocketLimits {
  /** Bytes that may wait for one socket before uWebSockets drops what is sent to it. */
  readonly socketBufferBytes: number;
  /** A frame above this ends the connection without a word; smaller ones get the documented error. */
  readonly frameBytesMax: number;
  /** A socket that sends and answers nothing for so long is closed; uWebSockets pings it before. */
  readonly idleTimeoutSeconds: number;
}

export interface SocketDeps {
  readonly admission: Admission;
  readonly counts: HubCounts;
  readonly handlers: SocketHandlers;
}

/** uWebSockets copies the properties of what it is given on to its socket, so the session goes in whole. */
interface SocketData {
  readonly session: Session;
}

/** The published types of this version leave out `dropped`, which its binary has. */
interface Behavior extends uWS.WebSocketBehavior<SocketData> {
  dropped(socket: uWS.WebSocket<SocketData>, message: ArrayBuffer, isBinary: boolean): void;
}

/** Adds the WebSocket endpoint `/ws` to `app`. */
export function serveSockets(app: uWS.TemplatedApp, deps: SocketDeps, limits: SocketLimits): void {
  const { admission, handlers } = deps;
  const behavior: Behavior = {
    ...socketSettings(limits),
    upgrade: (response, request, context) => upgrade(response, request, context, deps),
    open(socket) {
      const { session } = socket.getUserData();
      session.opened(socket as HubSocket);
      handlers.opened(session);
    },
    message: (socket, message, binary) =>
      handlers.received(socket.getUserData().session, new Uint8Array(message), binary),
    dropped: (socket) => handlers.dropped(socket.getUserData().session),
    close(socket) {
      const { session } = socket.getUserData();
      session.closed();
      admission.leave(session.address);
      handlers.closed(session);
    },
  };
  app.ws('/ws', behavior);
}

/** How the hub has uWebSockets treat its sockets; an echo server of the conformance tests has the same. */
export function socketSettings(limits: SocketLimits) {
  return {
    maxPayloadLength: limits.frameBytesMax,
    maxBackpressure: limits.socketBufferBytes,
    idleTimeout: limits.idleTimeoutSeconds,
    sendPingsAutomatically: true,
    compression: uWS.DISABLED,
  } as const;
}

function upgrade(
  response: uWS.HttpResponse,
  request: uWS.HttpRequest,
  context: uWS.us_socket_context_t,
  deps: SocketDeps,
): void {
  const offered = request.getHeader('sec-websocket-protocol');
  const negotiated = negotiateCodec(offered);
  if (negotiated === undefined) {
    deps.counts.refusedSockets.subprotocol++;
    refuse(
      response,
      '400 Bad Request',
      'Offer the subprotocol tickwire.json.v1 or tickwire.msgpack.v1, or none',
    );
    return;
  }
  const address = Buffer.from(response.getRemoteAddressAsText()).toString();
  const refusal = deps.admission.enter(address);
  if (refusal !== undefined) {
    deps.counts.refusedSockets[refusal]++;
    const [status, problem] = refusals[refusal];
    refuse(response, status, problem);
    return;
  }
  const tokens = shownTokens(request.getHeader('authorization'), offered);
  response.upgrade(
    { session: deps.handlers.create(negotiated.codec, address, tokens) },
    request.getHeader('sec-websocket-key'),
    negotiated.subprotocol,
    request.getHeader('sec-websocket-extensions'),
    context,
  );
}

const refusals = {
  draining: ['503 Service Unavailable', 'This node is being taken down; connect again to reach another'],
  node_limit: [
    '503 Service Unavailable',
    'This node has no room for more sockets; try again, or another node',
  ],
  address_limit: ['429 Too Many Requests', 'Too many sockets from this address; close some first'],
} as const;

function refuse(response: uWS.HttpResponse, status: string, problem: string): void {
  response.cork(() => {
    response.writeStatus(status).writeHeader('Retry-After', '5').end(`${problem}\n`, true);
  });
}
