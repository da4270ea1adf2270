import { closeCodes, shouldReconnect } from '#protocol/close-codes.ts';
import type { ClientFrame, Codec } from '#protocol/codec.ts';
import { isHubMessageType, parseHubMessage } from '#protocol/hub-message.ts';
import type { HubMessage, TokenExpiringMessage, WelcomeMessage } from '#protocol/messages.ts';
import { afterWaiting, type Clock } from './clock.ts';
import type { ClientProblem } from './events.ts';
import { type HeartbeatWatch, watchHeartbeats } from './heartbeat-watch.ts';
import { Pace, tokenCostMost } from './pace.ts';
import { byteLength } from './request-batch.ts';
import { requestSession, SessionError, type SessionFetch } from './session.ts';
import { type ClientSocket, problemOf, type WebSocketConstructor } from './socket.ts';
import { createTokens, type TokenSource } from './token.ts';

export interface ConnectionLimits {
  /** From the attempt to connect, getting a token included, to the hub's `welcome`. */
  readonly openTimeoutMs: number;
}

export interface ConnectionDeps {
  readonly url: string;
  readonly webSocket: WebSocketConstructor;
  readonly codec: Codec;
  readonly token: TokenSource | undefined;
  /** Undefined: `url` is connected to. */
  readonly session: SessionSource | undefined;
  readonly clock: Clock;
  readonly problem: (problem: ClientProblem) => void;
}

/** Where to ask which hub to connect to. */
export interface SessionSource {
  readonly url: string;
  readonly fetch: SessionFetch;
}

/** How a connection ended. */
export interface Ending {
  /** For people. */
  readonly problem: string;
  /** False when the hub would refuse the same connection again. */
  readonly again: boolean;
}

/** What a hub says after its `welcome`, as far as it is not about the connection itself. */
export type LaterMessage = Exclude<HubMessage, WelcomeMessage | TokenExpiringMessage>;

export interface ConnectionHandlers {
  /** @param pace of everything that is sent over this connection; whoever uses `send` keeps to it and charges it */
  welcomed(welcome: WelcomeMessage, pace: Pace): void;
  received(message: LaterMessage): void;
  /** A frame that is no message, or not a whole one. */
  malformed(): void;
  /** Called once, and nothing afterwards; not called after `close`. */
  ended(ending: Ending): void;
}

/** One socket, from the attempt to its end. */
export interface Connection {
  send(frame: ClientFrame): void;
  /** Ends it for this reason, as if it had failed by itself. */
  fail(problem: string): void;
  close(): void;
}

export function openConnection(
  deps: ConnectionDeps,
  limits: ConnectionLimits,
  handlers: ConnectionHandlers,
): Connection {
  const { codec, clock } = deps;
  const tokens = createTokens({
    ...{ source: deps.token, clock },
    show: (token) => show(token),
    problem: (message) => deps.problem({ code: 'no_token', message }),
  });
  /** Undefined until there is a token for it. */
  let socket: ClientSocket | undefined;
  const cancelOpen = afterWaiting(clock, limits.openTimeoutMs, () =>
    fail(`no answer in ${limits.openTimeoutMs} ms`),
  );
  let watch: HeartbeatWatch | undefined;
  let problem: string | undefined;
  let over = false;
  const asking = new AbortController();

  /** Undefined until the hub has said what it allows. */
  let pace: Pace | undefined;
  let symbolsHeldMax = 0;

  const show = (token: string): void => {
    const frame = codec.encodeForClient({ type: 'authenticate', token });
    pace?.charge(tokenCostMost(byteLength(frame), symbolsHeldMax), clock.monotonic());
    socket?.send(frame);
  };

  const probe = (): void => {
    pace?.charge(1, clock.monotonic());
    socket?.send(codec.encodeForClient({ type: 'ping' }));
  };

  const end = (): void => {
    over = true;
    asking.abort();
    cancelOpen();
    tokens.stop();
    watch?.stop();
  };

  const fail = (reason: string, again = true): void => {
    if (over) return;
    end();
    socket?.close();
    handlers.ended({ problem: reason, again });
  };

  const welcomed = (welcome: WelcomeMessage): void => {
    cancelOpen();
    const silenceMaxMs = 2 * welcome.heartbeat_ms;
    watch?.stop();
    watch = watchHeartbeats(
      {
        clock,
        probe,
        silent: () => fail(`nothing heard for ${silenceMaxMs} ms`),
      },
      silenceMaxMs,
    );
    pace = new Pace(welcome.limits.messages_per_second, clock.monotonic());
    tokens.showFirst(); // what is asked for follows at once: the hub works in this order
    symbolsHeldMax = welcome.limits.symbols;
    handlers.welcomed(welcome, pace);
  };

  const heard = (data: unknown): void => {
    if (over) return;
    watch?.heard();
    const value = decodeFrame(codec, data);
    const message = parseHubMessage(value);
    if (message?.type === 'welcome') welcomed(message);
    else if (message?.type === 'token_expiring') tokens.renew();
    else if (message !== undefined) handlers.received(message);
    else if (!isOfLaterVersion(value)) handlers.malformed();
  };

  const mayReturn = (code: number): boolean => {
    if (code === closeCodes.token_expired) return tokens.renewable;
    if (code === closeCodes.invalid_ticket) return deps.session !== undefined; // else it would be the same ticket
    return shouldReconnect(code);
  };

  const closed = (code: number): void => {
    fail(problem ?? `the connection was closed (code ${code})`, mayReturn(code));
  };

  const open = (url: string): void => {
    if (over) return;
    socket = openSocket(deps, url);
    socket.addEventListener('message', ({ data }) => heard(data));
    socket.addEventListener('error', (event) => {
      problem = problemOf(event); // a close follows
    });
    socket.addEventListener('close', ({ code }) => closed(code));
  };

  const ask = (session: SessionSource): void => {
    const request = { ...session, token: tokens.takeFirst(), signal: asking.signal };
    requestSession(request).then(open, (error: unknown) => {
      const again = error instanceof SessionError && !error.again ? tokens.renewable : true;
      fail(`no session could be had: ${error instanceof Error ? error.message : String(error)}`, again);
    });
  };

  tokens.begin(() => (deps.session === undefined ? open(deps.url) : ask(deps.session)), fail);

  return {
    send: (frame) => socket?.send(frame),
    fail,
    close() {
      end();
      socket?.close(1000);
    },
  };
}

function openSocket({ webSocket, codec }: ConnectionDeps, url: string): ClientSocket {
  const socket = new webSocket(url, [codec.subprotocol]);
  socket.binaryType = 'arraybuffer';
  return socket;
}

/** The value in a frame; undefined when there is none. Text goes to `JSON.parse` as it is, without a detour by bytes. */
function decodeFrame(codec: Codec, data: unknown): unknown {
  if (data instanceof ArrayBuffer) {
    const decoded = codec.decode(new Uint8Array(data));
    return decoded.ok ? decoded.value : undefined;
  }
  if (typeof data !== 'string' || codec.binary) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined; // no JSON: the caller tells
  }
}

function isOfLaterVersion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  return typeof value.type === 'string' && !isHubMessageType(value.type);
}
