import type { Clock } from '#client/clock.ts';
import type { ClientProblem } from '#client/events.ts';
import type { MessageBudget } from '#client/requests/message-budget.ts';
import { closeCodes, shouldReconnect } from '#protocol/close-codes.ts';
import type { ClientFrame, Codec } from '#protocol/codec.ts';
import type { HubMessage, TokenExpiringMessage, WelcomeMessage } from '#protocol/messages.ts';
import { readFrame } from './frames.ts';
import { watchLiveness } from './liveness.ts';
import { Outgoing } from './outgoing.ts';
import { requestSession, SessionError, type SessionFetch } from './session.ts';
import { type ClientSocket, problemOf, type WebSocketConstructor } from './socket.ts';
import { createTokens, type TokenSource, type Tokens } from './token.ts';

/** How long opening a connection may take; ms. */
export interface ConnectionLimits {
  /** From the attempt to connect, getting a token included, to the hub's `welcome`. */
  readonly openTimeoutMs: number;
}

/** Where one connection goes, and what it is opened with. */
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

/** Who hears of what comes over one connection. */
export interface ConnectionHandlers {
  /** @param budget of everything that is sent over this connection; whoever uses `send` keeps to it and charges it */
  welcomed(welcome: WelcomeMessage, budget: MessageBudget): void;
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

/** Begins to connect at once; `handlers` hear how that ends. */
export function openConnection(
  deps: ConnectionDeps,
  limits: ConnectionLimits,
  handlers: ConnectionHandlers,
): Connection {
  const { codec, clock, session } = deps;
  const outgoing = new Outgoing(codec, clock);
  const tokens = tokensOf(deps, outgoing);
  const liveness = watchLiveness(
    { clock, probe: () => outgoing.ping(), dead: (problem) => fail(problem) },
    limits.openTimeoutMs,
  );
  const asking = new AbortController();
  let over = false;

  const end = (): void => {
    over = true;
    asking.abort();
    tokens.stop();
    liveness.stop();
  };

  const fail = (problem: string, again = true): void => {
    if (over) return;
    end();
    outgoing.close();
    handlers.ended({ problem, again });
  };

  const welcomed = (welcome: WelcomeMessage): void => {
    liveness.welcomed(welcome.heartbeat_ms);
    const budget = outgoing.budgetOf(welcome.limits.messages_per_second);
    tokens.presentFirst(); // what is asked for follows at once: the hub works in this order
    outgoing.symbolsHeldMax = welcome.limits.symbols;
    handlers.welcomed(welcome, budget);
  };

  const heard = (data: unknown): void => {
    if (over) return;
    liveness.heard();
    const message = readFrame(codec, data);
    if (message === 'malformed') handlers.malformed();
    else if (message === 'unknown_type') return;
    else if (message.type === 'welcome') welcomed(message);
    else if (message.type === 'token_expiring') tokens.renew();
    else handlers.received(message);
  };

  const open = (url: string): void => {
    const closed = (code: number, problem: string): void => fail(problem, mayReturn(code, tokens, session));
    if (!over) outgoing.attach(openSocket(deps, url, { heard, closed }));
  };

  tokens.begin(() => {
    if (session === undefined) open(deps.url);
    else
      askForSession(session, tokens, asking.signal).then(open, (error: SessionError) =>
        fail(error.message, error.again),
      );
  }, fail);

  const close = (): void => {
    end();
    outgoing.close(1000);
  };
  return { send: (frame) => outgoing.send(frame), fail, close };
}

function tokensOf({ token, clock, problem }: ConnectionDeps, outgoing: Outgoing): Tokens {
  return createTokens({
    ...{ source: token, clock },
    present: (next) => outgoing.present(next),
    problem: (message) => problem({ code: 'no_token', message }),
  });
}

/**
 * The address of a session's socket.
 * @throws SessionError, and nothing else
 */
async function askForSession(source: SessionSource, tokens: Tokens, signal: AbortSignal): Promise<string> {
  try {
    return await requestSession({ ...source, token: tokens.takeFirst(), signal });
  } catch (error) {
    const again = error instanceof SessionError && !error.again ? tokens.renewable : true;
    throw new SessionError(
      `no session could be had: ${error instanceof Error ? error.message : String(error)}`,
      again,
    );
  }
}

/** Whether a connection that was closed with this code could last longer when it is opened again. */
function mayReturn(code: number, tokens: Tokens, session: SessionSource | undefined): boolean {
  if (code === closeCodes.token_expired) return tokens.renewable;
  if (code === closeCodes.invalid_ticket) return session !== undefined; // else it would be the same ticket
  return shouldReconnect(code);
}

interface SocketHandlers {
  heard(data: unknown): void;
  /** @param problem what went wrong, for people */
  closed(code: number, problem: string): void;
}

function openSocket(
  { webSocket, codec }: ConnectionDeps,
  url: string,
  { heard, closed }: SocketHandlers,
): ClientSocket {
  const socket = new webSocket(url, [codec.subprotocol]);
  socket.binaryType = 'arraybuffer';
  let problem: string | undefined;
  socket.addEventListener('message', ({ data }) => heard(data));
  socket.addEventListener('error', (event) => {
    problem = problemOf(event); // a close follows
  });
  socket.addEventListener('close', ({ code }) =>
    closed(code, problem ?? `the connection was closed (code ${code})`),
  );
  return socket;
}
