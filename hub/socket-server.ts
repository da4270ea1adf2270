import uWS from 'uWebSockets.js';
import { type Codec, negotiateCodec } from '#protocol/codec.ts';
import type { Tracer } from '#runtime/tracer.ts';
import type { Admission } from './admission.ts';
import { type Shown, shownIn } from './auth/shown.ts';
import type { HubCounts } from './counts.ts';
import { allowsOrigin, type Origins } from './origin.ts';
import type { RequestSource } from './request-source.ts';
import { type RequestTrace, traceRequest } from './request-trace.ts';
import { retryAfter } from './retry-after.ts';
import type { HubSocket, Session } from './session.ts';
import { SessionTrace } from './session-trace.ts';

/** What happens to sockets; the sessions are the hub's. */
export interface SocketHandlers {
  /** A session for a socket that was let in; `shown` is what its handshake says of who comes. */
  create(codec: Codec, address: string, shown: readonly Shown[]): Session;
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
  /** Whose pages may open sockets. */
  readonly origins: Origins;
  /** A socket that sends and answers nothing for so long is closed; uWebSockets pings it before. */
  readonly idleTimeoutSeconds: number;
}

export interface SocketDeps {
  readonly admission: Admission;
  readonly counts: HubCounts;
  readonly handlers: SocketHandlers;
  readonly source: RequestSource;
  /** Whether clients come by TLS. */
  readonly secure: boolean;
  readonly tracer: Tracer;
  /** 0 … 1 */
  readonly random: () => number;
}

/** uWebSockets copies the properties of what it is given on to its socket, so the session goes in whole. */
interface SocketData {
  readonly session: Session;
}

/** The published types of this version leave out `dropped`, which its binary has. */
interface Behavior extends uWS.WebSocketBehavior<SocketData> {
  dropped(socket: uWS.WebSocket<SocketData>, message: ArrayBuffer, isBinary: boolean): void;
}

/** Adds the WebSocket endpoint `/ws` to `app`; returns how many sockets are open there. */
export function serveSockets(app: uWS.TemplatedApp, deps: SocketDeps, limits: SocketLimits): () => number {
  const { admission, handlers } = deps;
  let open = 0;
  const behavior: Behavior = {
    ...socketSettings(limits),
    upgrade: (response, request, context) => upgrade(response, request, context, deps, limits),
    open(socket) {
      const { session } = socket.getUserData();
      open++;
      session.opened(socket as HubSocket);
      handlers.opened(session);
    },
    message: (socket, message, binary) =>
      handlers.received(socket.getUserData().session, new Uint8Array(message), binary),
    dropped: (socket) => handlers.dropped(socket.getUserData().session),
    close(socket) {
      const { session } = socket.getUserData();
      open--;
      session.closed();
      admission.leave(session.address);
      handlers.closed(session);
    },
  };
  app.ws('/ws', behavior);
  return () => open;
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
  limits: SocketLimits,
): void {
  const trace = traceRequest(deps.tracer, request, 'GET', '/ws');
  const address = deps.source.addressOf(response, request);
  // First of all, so that what is refused for other reasons counts as well.
  if (!deps.admission.mayAsk(address)) {
    refuse(response, 'address_rate', deps, trace);
    return;
  }
  const offered = request.getHeader('sec-websocket-protocol');
  const negotiated = offered.length > offeredCharactersMax ? undefined : negotiateCodec(offered);
  const refusal = negotiated === undefined ? 'subprotocol' : refusalOf(address, request, deps, limits);
  if (negotiated === undefined || refusal !== undefined) {
    refuse(response, refusal ?? 'subprotocol', deps, trace);
    return;
  }
  const shown = shownIn(request.getHeader('authorization'), offered, request.getQuery('ticket'));
  const session = deps.handlers.create(negotiated.codec, address, shown);
  if (trace.context.sampled) session.trace = new SessionTrace(deps.tracer, trace.context);
  response.upgrade(
    { session },
    request.getHeader('sec-websocket-key'),
    negotiated.subprotocol,
    request.getHeader('sec-websocket-extensions'),
    context,
  );
  trace.answered('101 Switching Protocols', { 'tickwire.format': negotiated.codec.format });
}

type RefusedSocket = keyof HubCounts['refusedSockets'];

/** Why the socket is not let in; undefined: it is, and is counted. */
function refusalOf(
  address: string,
  request: uWS.HttpRequest,
  { admission, secure }: SocketDeps,
  { origins }: SocketLimits,
): RefusedSocket | undefined {
  if (!allowsOrigin(request.getHeader('origin'), request.getHeader('host'), origins, secure)) return 'origin';
  return admission.enter(address);
}

/** A token may be among the offers. */
const offeredCharactersMax = 16_384;

const refusals: Readonly<Record<RefusedSocket, readonly [status: string, problem: string]>> = {
  subprotocol: ['400 Bad Request', 'Offer the subprotocol tickwire.json.v1 or tickwire.msgpack.v1, or none'],
  origin: [
    '403 Forbidden',
    'Pages of this origin may not open sockets here; the hub must name it in TICKWIRE_ORIGINS',
  ],
  draining: ['503 Service Unavailable', 'This node is being taken down; connect again to reach another'],
  node_limit: [
    '503 Service Unavailable',
    'This node has no room for more sockets; try again, or another node',
  ],
  address_limit: ['429 Too Many Requests', 'Too many sockets from this address; close some first'],
  address_rate: ['429 Too Many Requests', 'Too many connections from this address in a short time; wait'],
};

function refuse(
  response: uWS.HttpResponse,
  refusal: RefusedSocket,
  { counts, random }: SocketDeps,
  trace: RequestTrace,
): void {
  counts.refusedSockets[refusal]++;
  const [status, problem] = refusals[refusal];
  response.cork(() => {
    response.writeStatus(status).writeHeader('Retry-After', retryAfter(random)).end(`${problem}\n`, true);
  });
  trace.answered(status, { 'tickwire.refused': refusal });
}
