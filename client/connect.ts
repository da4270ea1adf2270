import { codecs } from '#protocol/codec.ts';
import { frequencyMaxMs } from '#protocol/frequency.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import { parseSymbol } from '#protocol/symbol.ts';
import { systemClock } from './clock.ts';
import type { SessionSource } from './connection.ts';
import { DesiredSymbols } from './desired-symbols.ts';
import type { ClientEvents, ClientState, StateChange } from './events.ts';
import { HeldPositions } from './held-positions.ts';
import { Link } from './link.ts';
import { createListeners } from './listeners.ts';
import { type ConnectOptions, defaultLimits, type SubscribeOptions } from './options.ts';
import { sessionUrlOf } from './session.ts';
import { ClientUsageError, resolveWebSocket } from './socket.ts';
import { StaleSymbols } from './stale-symbols.ts';
import { ClientStoppedError, type Subscription } from './subscription.ts';
import { createSubscriptions } from './subscriptions.ts';
import type { Update } from './update.ts';
import { createUplink } from './uplink.ts';

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
  const { format = 'json', clock = systemClock, random = Math.random } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const webSocket = resolveWebSocket(options.webSocket);
  const listeners = createListeners<ClientEvents>();
  const desired = new DesiredSymbols();
  const held = new HeldPositions();
  const stale = new StaleSymbols({
    stale: (symbols, cause) => listeners.emit('stale', { ...cause, symbols }),
    fresh: (symbols) => listeners.emit('fresh', { symbols }),
  });
  let state: ClientState = 'connecting';
  let delayedMinutes = 0;

  const changed = (change: StateChange): void => {
    state = change.state;
    listeners.emit('state', change);
  };

  const urlOf = createUrlChoice(typeof url === 'string' ? [url] : url, random);
  const { sessionUrl, fetch = globalThis.fetch } = options;
  const sessionAt = (hub: string): SessionSource | undefined =>
    sessionUrl === undefined ? undefined : { url: sessionUrlOf(sessionUrl, hub), fetch };
  const whereOf = (number: number) => {
    const hub = urlOf(number);
    return { url: hub, session: sessionAt(hub) };
  };
  const linkDeps = {
    ...{ webSocket, codec: codecs[format], token: options.token, clock, random },
    ...{ desired, held },
    deliver: (update: Update) => {
      if (desired.deliver(update)) listeners.emit('update', update);
    },
    reset: (reset: ClientEvents['reset']) => {
      if (desired.interestIn(reset.symbol) !== undefined) listeners.emit('reset', reset);
    },
    delayed: (minutes: number) => {
      if (minutes === delayedMinutes) return;
      delayedMinutes = minutes;
      listeners.emit('delay', { minutes });
    },
    problem: (problem: ClientEvents['error']) => listeners.emit('error', problem),
  };

  const uplink = createUplink({
    clock,
    backoff: new Backoff(
      { firstMs: limits.reconnectBaseMs, maxMs: limits.reconnectMaxMs, stableMs: limits.stableAfterMs },
      { clock, random },
    ),
    openLink: (number, handlers) => new Link(number, { ...linkDeps, ...whereOf(number) }, limits, handlers),
    orphans: (number) => held.ended(number),
    staleChanged: (link) => stale.show((symbol) => link.staleCauseOf(symbol), desired.symbols()),
    changed,
    stopped(problem) {
      const failure = new ClientStoppedError(`The hub refuses this client: ${problem}`);
      subscriptions.fail(failure);
      listeners.emit('error', { code: 'stopped', message: failure.message });
      changed({ state: 'closed', problem });
    },
  });

  const subscriptions = createSubscriptions(
    { desired, held, stale, changed: (symbols) => uplink.symbolsChanged(symbols) },
    limits,
  );

  const refuse = (names: readonly string[]): void => {
    if (names.length > 0)
      queueMicrotask(() => {
        for (const symbol of names)
          listeners.emit('error', {
            code: 'invalid_symbol',
            message: `Invalid stock symbol: ${symbol}`,
            symbol,
          });
      });
  };

  return {
    get state() {
      return state;
    },
    subscribe(symbols, { frequency = 0, onUpdate } = {}) {
      if (state === 'closed') throw new ClientUsageError('The client is closed; connect again');
      checkFrequency(frequency);
      const valid = new Set<string>(symbols.filter((symbol) => parseSymbol(symbol) !== undefined));
      refuse(symbols.filter((symbol) => !valid.has(symbol)));
      return subscriptions.add({ symbols: valid, frequency, onUpdate });
    },
    on: listeners.on,
    close() {
      if (state === 'closed') return;
      subscriptions.close();
      uplink.close();
      changed({ state: 'closed' });
    },
  };
}

/** The address for each connection, which are numbered from 1. */
function createUrlChoice(urls: readonly string[], random: () => number): (number: number) => string {
  if (urls.length === 0) throw new ClientUsageError('Name at least one WebSocket address');
  const checked = urls.map(checkedUrl);
  const first = Math.floor(random() * checked.length);
  return (number) => checked[(first + number - 1) % checked.length] ?? '';
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
