import { codecs } from '#protocol/codec.ts';
import { frequencyMaxMs } from '#protocol/frequency.ts';
import { parseSymbol } from '#protocol/symbol.ts';
import { systemClock } from './clock.ts';
import type { SessionSource } from './connection.ts';
import type { ClientEvents, ClientState, StateChange } from './events.ts';
import { HeldPositions } from './held-positions.ts';
import { Link } from './link.ts';
import { createListeners } from './listeners.ts';
import { type ConnectOptions, defaultLimits, type SubscribeOptions } from './options.ts';
import { createReconnectSchedule } from './reconnect-schedule.ts';
import { sessionUrlOf } from './session.ts';
import { ClientUsageError, resolveWebSocket } from './socket.ts';
import { StaleSymbols } from './stale-symbols.ts';
import { ClientStoppedError, Subscription } from './subscription.ts';
import type { Update } from './update.ts';
import { createUplink } from './uplink.ts';
import { WishedSymbols } from './wished-symbols.ts';

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
  const wishes = new WishedSymbols();
  const held = new HeldPositions();
  const subscriptions = new Set<Subscription>();
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
    ...{ webSocket, codec: codecs[format], token: options.token, clock, wishes, held },
    deliver: (update: Update) => {
      wishes.deliver(update);
      listeners.emit('update', update);
    },
    reset: (reset: ClientEvents['reset']) => listeners.emit('reset', reset),
    delayed: (minutes: number) => {
      if (minutes === delayedMinutes) return;
      delayedMinutes = minutes;
      listeners.emit('delay', { minutes });
    },
    problem: (problem: ClientEvents['error']) => listeners.emit('error', problem),
  };

  const uplink = createUplink({
    clock,
    schedule: createReconnectSchedule({ clock, random }, limits),
    openLink: (number, handlers) => new Link(number, { ...linkDeps, ...whereOf(number) }, limits, handlers),
    orphans: (number) => held.ended(number),
    staleChanged: (link) => stale.show((symbol) => link.staleCauseOf(symbol), wishes.symbols()),
    changed,
    stopped(problem) {
      const failure = new ClientStoppedError(`The hub refuses this client: ${problem}`);
      for (const subscription of subscriptions) subscription.fail(failure);
      subscriptions.clear();
      listeners.emit('error', { code: 'stopped', message: failure.message });
      changed({ state: 'closed', problem });
    },
  });

  const release = (subscription: Subscription): void => {
    subscriptions.delete(subscription);
    for (const symbol of wishes.remove(subscription)) {
      held.forget(symbol);
      stale.forget(symbol);
    }
    uplink.symbolsChanged(subscription.symbols);
  };

  /** Who comes later to a symbol starts from the newest price that is here already. */
  const takeKnown = (subscription: Subscription): void => {
    const known = [...subscription.symbols].flatMap((symbol) => wishes.newestOf(symbol) ?? []);
    queueMicrotask(() => {
      for (const update of known)
        if (wishes.newestOf(update.symbol) === update) subscription.take(asSnapshot(update));
      if (!subscription.closed) stale.look(subscription.symbols);
    });
  };

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
      const isStale = (symbol: string): boolean => stale.has(symbol);
      const subscription = new Subscription(
        { symbols: valid, frequency, onUpdate, isStale, release },
        limits,
      );
      subscriptions.add(subscription);
      wishes.add(subscription);
      takeKnown(subscription);
      uplink.symbolsChanged(valid);
      return subscription;
    },
    on: listeners.on,
    close() {
      if (state === 'closed') return;
      for (const subscription of [...subscriptions]) subscription.close();
      uplink.close();
      changed({ state: 'closed' });
    },
  };
}

/** The newest price is no event for one who comes later, whatever it stood for when it came. */
function asSnapshot({ reset: _, high: _high, low: _low, ...update }: Update): Update {
  return { ...update, from: update.seq, snapshot: true };
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
