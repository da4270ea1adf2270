import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { HttpAnswer } from '#runtime/http/answer.ts';
import { requestOfNode, sendNodeAnswer } from '#runtime/http/node-http.ts';
import { type ListenerLimits, type Served, socketPath } from './listener.ts';
import { NodeSocket } from './node-socket.ts';
import { Topics } from './node-topics.ts';
import { WriteRound } from './node-writes.ts';

/** The sockets of Node's server. */
export interface Upgrades {
  readonly topics: Topics<NodeSocket>;
  /** Takes what the server's event `upgrade` brings. */
  upgrade(native: IncomingMessage, stream: Duplex, head: Buffer): void;
  /** Whether the connection with this other end became a socket; to be asked once, when it is closed. */
  became(end: string): boolean;
  /** To be called every `passedMs`. */
  checkIdle(passedMs: number): void;
  /** Ends every socket at once. */
  terminate(): void;
}

/** An answer in place of a socket that is not taken for so long ends its connection. */
const unreadMs = 10_000;
/** Fragments of one message, and parts of a frame, that may wait for the rest: each is some hundred bytes of memory. */
const maxFragments = 4096;
const maxBufferedChunks = 4096;
/** For the client to answer a close frame. */
const closeTimeout = 5000;

/** Answers handshakes on Node's HTTP server, and opens a socket for each that is accepted. */
export function createUpgrades<Session>(
  { http, sockets, connections }: Served<Session>,
  limits: ListenerLimits,
): Upgrades {
  const topics = new Topics<NodeSocket>();
  const round = new WriteRound();
  const open = new Set<NodeSocket>();
  /** Other ends of the connections that became sockets. */
  const ends = new Set<string>();
  const handshakes = createHandshakes(limits);

  const accept = (native: IncomingMessage, raw: Socket, head: Buffer, session: Session): void => {
    handshakes.handleUpgrade(native, raw, head, (ws) => {
      const socket = new NodeSocket(
        ws,
        raw,
        {
          ...{ round, topics },
          dropped: () => sockets.dropped(session),
          closed() {
            open.delete(socket);
            sockets.closed(session);
          },
        },
        limits,
      );
      ws.on('message', (bytes: Buffer, binary) => {
        if (socket.open) sockets.received(session, bytes, binary);
      });
      open.add(socket);
      sockets.opened(session, socket);
    });
  };

  return {
    topics,
    became: (end) => ends.delete(end),
    upgrade(native, stream, head) {
      const raw = stream as Socket;
      raw.on('error', () => raw.destroy()); // the client may go at any moment
      const request = requestOfNode(native);
      connections.asked(request.peer);
      if (request.path !== socketPath || !isHandshake(native)) {
        const answer = http(request);
        if (answer instanceof Promise) void answer.then((later) => answerInstead(native, raw, later));
        else answerInstead(native, raw, answer);
        return;
      }
      if (!raw.readable || !raw.writable) {
        raw.destroy();
        return;
      }
      const handshake = sockets.handshake(request);
      if (!handshake.accepted) {
        answerInstead(native, raw, handshake.answer);
        return;
      }
      offerOnly(handshake.subprotocol, native);
      ends.add(endOf(raw));
      connections.closed();
      accept(native, raw, head, handshake.session);
    },
    checkIdle(passedMs) {
      for (const socket of open) socket.checkIdle(passedMs, 1000 * limits.idleTimeoutSeconds);
    },
    terminate() {
      for (const socket of open) socket.terminate();
    },
  };
}

/** Compression is not negotiated, and pongs are bounded by the socket's buffer: see NodeSocket. */
function createHandshakes({ frameBytesMax }: Pick<ListenerLimits, 'frameBytesMax'>): WebSocketServer {
  return new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, autoPong: false, closeTimeout },
    maxPayload: frameBytesMax,
    ...{ maxFragments, maxBufferedChunks },
  });
}

/** `ws` would choose among the client's offers, so it sees the chosen one only; empty: none. */
function offerOnly(subprotocol: string, { headers }: IncomingMessage): void {
  if (subprotocol === '') delete headers['sec-websocket-protocol'];
  else headers['sec-websocket-protocol'] = subprotocol;
}

/** Tells connections apart that are open; TLS has the other end of what is below it. */
export function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Whether `ws` takes it: everything else is an HTTP request like any other. */
function isHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  );
}

/** Node has let go of the connection: it ends with the answer. */
function answerInstead(native: IncomingMessage, raw: Socket, answer: HttpAnswer): void {
  raw.setTimeout(unreadMs, () => raw.destroy());
  const response = new ServerResponse(native);
  response.assignSocket(raw);
  response.on('finish', () => raw.end());
  sendNodeAnswer(response, answer, true);
}
