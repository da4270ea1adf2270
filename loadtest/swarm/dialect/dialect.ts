import type { ResetReason, SubscribedSymbol } from '#protocol/messages.ts';

/**
 * How the swarm talks to one kind of hub. One is made per worker process and serves all of its sockets; what
 * it has to remember of a socket is in the socket's sink. A module that exports `createDialect` can be named
 * to the workers: see `DialectModule`.
 */
export interface Dialect {
  /** Path and query of the upgrade request, e.g. `/ws`. */
  readonly path: string;
  /** Offered in `Sec-WebSocket-Protocol`; empty = none. */
  readonly subprotocol: string;
  /**
   * Where a socket's history begins: with the positions that the hub tells (`subscribedTo`, `reset`), or, with hubs
   * that tell none, with whichever update comes first.
   */
  readonly historyBegins: 'told-position' | 'first-update';
  /** The upgrade is answered: send what is to be sent now (`sink.send`), or wait for the hub's word in `read`. */
  opened(sink: SocketSink): void;
  /**
   * One whole message, or several as the hub packs them, of a text or binary frame. `bytes` is a buffer that
   * all sockets share: read between `start` and `end` only, and keep nothing of it. Runs 500,000 times a
   * second: it allocates nothing for what comes often.
   */
  read(bytes: Buffer, start: number, end: number, sink: SocketSink): void;
  /** Asks anew for symbols that the sink was told were `refused`, a few seconds ago on the same connection. */
  askAgain?(symbols: readonly string[], sink: SocketSink): void;
}

/** What the dialect tells of one socket, and what it may know of it. */
export interface SocketSink {
  /** What the socket is to subscribe to. */
  readonly symbols: readonly string[];
  /** Frequency class that the scenario asks for, ms; 0 = every update. */
  readonly frequencyMs: number;
  /** What the socket holds of a symbol from an earlier connection, as `epoch-seq`; undefined for nothing. */
  since(symbol: string): string | undefined;
  /** Text goes as a text frame, bytes as a binary one. */
  send(payload: string | Uint8Array): void;
  /** The hub can not serve these symbols just now, and says to ask again in a few seconds. */
  refused(symbols: readonly string[]): void;
  /** The socket has what it asked for: live updates come from here on. Once per connection. */
  subscribed(): void;

  /**
   * Live, replayed or snapshot: it stands for the numbers `from` to `seq`.
   * @param symbolKey `keyOfBytes` or `keyOfText` of its symbol
   * @param receivedMs the publisher's stamp, Unix ms; 0 = it has none and is not timed
   */
  update(symbolKey: number, from: number, seq: number, receivedMs: number, snapshot: boolean): void;
  /** The hub says where the symbol stands, and whether what is held goes on from there. */
  subscribedTo(symbol: string, answer: SubscribedSymbol): void;
  /** What was held can not be continued; a snapshot of `position` follows, or nothing before the first update. */
  reset(symbol: string, reason: ResetReason, position: string | undefined): void;
  /** The hub refused something, or sent what can not be read; fails the run, the first words are shown. */
  problem(words: string): void;
}

/** What a dialect's module exports; `options` is what the scenario or the bench gives, as JSON carries it. */
export interface DialectModule {
  createDialect(options: Readonly<Record<string, unknown>>): Dialect;
}

/** A dialect by its module, so that worker processes can load it. */
export interface DialectName {
  /** `file:` URL of the module, e.g. `new URL('./socket-io-dialect.ts', import.meta.url).href`. */
  readonly module: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a fast reader made of a message. `not-mine`: it told nothing to the sink, read it another way. */
export type FastRead = 'read' | 'not-mine' | 'broken';
