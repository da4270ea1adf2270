import type { Frame } from '#protocol/codec.ts';
import type { HttpAnswer } from '#runtime/http/answer.ts';
import type { BodyLimits } from '#runtime/http/body.ts';
import type { HttpRequest } from '#runtime/http/request.ts';
import type { HubSocket } from './hub-socket.ts';
import type { Topic } from './topic.ts';

/** What serves the port. */
export type ListenerKind = 'uWebSockets.js' | 'node';

/** The port that clients come to, in the clear or by TLS: their sockets and their HTTP requests. */
export interface Listener {
  readonly kind: ListenerKind;
  /** Clients come by TLS. */
  readonly secure: boolean;
  readonly listening: boolean;
  /** What is served; to be called once, before `listen`. */
  serve<Session>(served: Served<Session>): void;
  /** Sends to the subscribers of a topic, in the order of the calls. The bytes may change once it returns. */
  publish(topic: Topic, frame: Frame, binary: boolean): void;
  /**
   * Serves on `host`:`port` (0 = any) and returns the port.
   * @throws PortError when the port is taken
   */
  listen(host: string, port: number, sharePort: boolean): Promise<number>;
  /** Nobody new comes in; who is in stays. */
  shut(): void;
  /** Ends every connection at once. */
  close(): void;
}

/** Where sockets are opened; everything else is HTTP. */
export const socketPath = '/ws';

/** Who is called for what comes to the port. */
export interface Served<Session> {
  readonly http: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
  readonly sockets: SocketHandlers<Session>;
  readonly connections: ConnectionHandlers;
}

/** What happens to connections before they are sockets. */
export interface ConnectionHandlers {
  /** One came, by TCP; whether it may stay. @param peer its network address, as text */
  opened(peer: string): boolean;
  /** One from there has sent a request or a handshake. */
  asked(peer: string): void;
  /** Once for each that came: it was closed, or became a socket. */
  closed(): void;
}

/** What happens to sockets. */
export interface SocketHandlers<Session> {
  /** Whether a socket opens; called for the handshake of each, which has a key of the right length. */
  handshake(request: HttpRequest): Handshake<Session>;
  opened(session: Session, socket: HubSocket): void;
  /** `bytes` are only valid during the call. */
  received(session: Session, bytes: Uint8Array, binary: boolean): void;
  /** Frames of this socket were dropped; called once for all of a batch. No publishing or subscribing in here. */
  dropped(session: Session): void;
  /** Once for each that was opened; its socket is not to be touched any more. */
  closed(session: Session): void;
}

/** How a handshake is answered. */
export type Handshake<Session> =
  | { readonly accepted: true; readonly session: Session; readonly subprotocol: string }
  | { readonly accepted: false; readonly answer: HttpAnswer };

/** Bounds of one socket, of one request, and of the certificates that are kept. */
export interface ListenerLimits extends BodyLimits {
  /** Bytes that may wait for one socket before what is sent to it is dropped. */
  readonly socketBufferBytes: number;
  /** A frame above this ends the connection without a word; smaller ones get the documented error. */
  readonly frameBytesMax: number;
  /** A socket that sends and answers nothing for so long is closed; it is pinged before. */
  readonly idleTimeoutSeconds: number;
  /** How often the files of the certificate are looked at. */
  readonly certificateCheckMs: number;
  /** Certificates that open sockets may have come under beside the present one; of more, the oldest's are closed. */
  readonly olderCertificatesMax: number;
}
