import { codecs } from '#protocol/codec.ts';
import { frequencyMaxMs } from '#protocol/frequency.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import { parseSymbol } from '#protocol/symbol.ts';
import { systemClock } from './clock.ts';
import type { SessionSource } from './connection/connection.ts';
import { HubConnection } from './connection/hub-connection.ts';
import { Reconnector } from './connection/reconnector.ts';
import { sessionUrlOf } from './connection/session.ts';
import { ClientUsageError, resolveWebSocket } from './connection/socket.ts';
import { DesiredSymbols } from './desired-symbols.ts';
import type { ClientEvents, ClientState, StateChange } from './events.ts';
import { createListeners, type Listeners } from './listeners.ts';
import {
  type ConnectOptions,
  defaultLimits,
  type ReconnectLimits,
  type SubscribeOptions,
} from './options.ts';
import { Positions } from './positions.ts';
import { StaleSymbols } from './stale-symbols.ts';
import { ClientStoppedError, type Subscription } from './subscription.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { Update } from './update.ts';

/** A client of one hub, or of several that bring the same; it stays connected by itself until it is closed. */
export interface Client {
  readonly state: ClientState;
  /**
   * Updates of these symbols, after the last known price of each. A name that can be no symbol, or that the hub
   * does not know, is told by an `error` event and does not hinder the others.
   * @throws ClientUsageError when the client is closed or the frequency out of range
   */
  subscribe(symbols: readonly string[], options?: SubscribeOptions): Subscription;
  /** The returned function removes the listener. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  /** Ends the connection, all subscriptions and the loops over them. */
  close(): void;
}

/**
 * Connects to a hub, e.g. `ws://127.0.0.1:8080/ws`, and returns at once; what is subscribed meanwhile is asked for when
 * the connection is there. Of several addresses each new connection takes the next one, the first by chance.
 * @throws ClientUsageError when there is no `url`, or one is no WebSocket address, `sessionUrl` is no address, or the runtime has no WebSocket
 */
export function connect(url: string | readonly string[], options: ConnectOptions = {}): Client {
  const { clock = systemClock, random = Math.random } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const listeners = createListeners<ClientEvents>();
  const desired = new DesiredSymbols();
  const positions = new Positions();
  const stale = new StaleSymbols({
    stale: (symbols, cause) => listeners.emit('stale', { ...cause, symbols }),
    fresh: (symbols) => listeners.emit('fresh', { symbols }),
  });
  let state: ClientState = 'connecting';

  const changed = (change: StateChange): void => {
    state = change.state;
    listeners.emit('state', change);
  };

  const shared = {
    ...transportOf(options),
    ...{ clock, random, desired, positions },
    ...createDelivery(listeners, desired),
  };
  const addressOf = createAddresses(typeof url === 'string' ? [url] : url, options, random);
  const reconnector = new Reconnector({
    clock,
    backoff: backoffOf(limits, { clock, random }),
    openConnection: (number, handlers) =>
      new HubConnection(number, { ...shared, ...addressOf(number) }, limits, handlers),
    orphans: (number) => positions.ended(number),
    staleChanged: (connection) =>
      stale.causesChanged((symbol) => connection.staleCauseOf(symbol), desired.symbols()),
    changed,
    stopped(problem) {
      const failure = new ClientStoppedError(`The hub refuses this client: ${problem}`);
      subscriptions.fail(failure);
      listeners.emit('error', { code: 'stopped', message: failure.message });
      changed({ state: 'closed', problem });
    },
  });
  const subscriptions = createSubscriptions(
    { desired, positions, stale, changed: (symbols) => reconnector.symbolsChanged(symbols) },
    limits,
  );

  return {
    get state() {
      return state;
    },
    subscribe(symbols, { frequency = 0, onUpdate } = {}) {
      if (state === 'closed') throw new ClientUsageError('The client is closed; connect again');
      checkFrequency(frequency);
      const valid = new Set<string>(symbols.filter((symbol) => parseSymbol(symbol) !== undefined));
      reportInvalid(
        symbols.filter((symbol) => !valid.has(symbol)),
        listeners,
      );
      return subscriptions.add({ symbols: valid, frequency, onUpdate });
    },
    on: listeners.on,
    close() {
      if (state === 'closed') return;
      subscriptions.close();
      reconnector.close();
      changed({ state: 'closed' });
    },
  };
}

/** How the hub is spoken to, in every connection alike. @throws ClientUsageError when the runtime has no WebSocket */
function transportOf({ webSocket, format = 'json', token }: ConnectOptions) {
  return { webSocket: resolveWebSocket(webSocket), codec: codecs[format], token };
}

function backoffOf(
  { reconnectBaseMs, reconnectMaxMs, stableAfterMs }: ReconnectLimits,
  deps: ConstructorParameters<typeof Backoff>[1],
): Backoff {
  return new Backoff({ firstMs: reconnectBaseMs, maxMs: reconnectMaxMs, stableMs: stableAfterMs }, deps);
}

/** Hands to the listeners what any connection brings, as far as it is still wanted. */
function createDelivery(listeners: Listeners<ClientEvents>, desired: DesiredSymbols) {
  let delayedMinutes = 0;
  return {
    deliver(update: Update): void {
      if (desired.deliver(update)) listeners.emit('update', update);
    },
    reset(reset: ClientEvents['reset']): void {
      if (desired.interestIn(reset.symbol) !== undefined) listeners.emit('reset', reset);
    },
    delayed(minutes: number): void {
      if (minutes === delayedMinutes) return;
      delayedMinutes = minutes;
      listeners.emit('delay', { minutes });
    },
    problem: (problem: ClientEvents['error']): void => listeners.emit('error', problem),
  };
}

/** Where each connection goes; they are numbered from 1. */
function createAddresses(
  urls: readonly string[],
  { sessionUrl, fetch = globalThis.fetch }: ConnectOptions,
  random: () => number,
): (number: number) => { readonly url: string; readonly session: SessionSource | undefined } {
  if (urls.length === 0) throw new ClientUsageError('Name at least one WebSocket address');
  const checked = urls.map(checkedUrl);
  const first = Math.floor(random() * checked.length);
  return (number) => {
    const url = checked[(first + number - 1) % checked.length] ?? '';
    const session = sessionUrl === undefined ? undefined : { url: sessionUrlOf(sessionUrl, url), fetch };
    return { url, session };
  };
}

function checkedUrl(url: string): string {
  if (/^wss?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw new ClientUsageError(`"${url}" is no WebSocket address; it should look like ws://127.0.0.1:8080/ws`);
}

function checkFrequency(frequency: number): void {
  if (frequency >= 0 && frequency <= frequencyMaxMs) return;
  throw new ClientUsageError(
    `"frequency" must be milliseconds from 0 to ${frequencyMaxMs}, not ${frequency}`,
  );
}

/** By `error` events, after the caller had a chance to listen for them. */
function reportInvalid(names: readonly string[], listeners: Listeners<ClientEvents>): void {
  if (names.length === 0) return;
  queueMicrotask(() => {
    for (const symbol of names)
      listeners.emit('error', {
        code: 'invalid_symbol',
        message: `Invalid stock symbol: ${symbol}`,
        symbol,
      });
  });
}
