import type { DesiredSymbols } from './desired-symbols.ts';
import type { Positions } from './positions.ts';
import type { StaleSymbols } from './stale-symbols.ts';
import { Subscription, type SubscriptionDeps } from './subscription.ts';
import type { Update } from './update.ts';
import type { QueueLimits } from './update-queue.ts';

/** What the subscriptions of a client share. */
export interface SubscriptionsDeps {
  readonly desired: DesiredSymbols;
  readonly positions: Pick<Positions, 'forget'>;
  readonly stale: Pick<StaleSymbols, 'has' | 'check' | 'forget'>;
  /** What is desired of these symbols may have changed. */
  readonly changed: (symbols: readonly string[]) => void;
}

/** The open subscriptions of a client. */
export interface Subscriptions {
  add(request: Pick<SubscriptionDeps, 'symbols' | 'frequency' | 'onUpdate'>): Subscription;
  /** Ends all of them; a loop over one of them ends. */
  close(): void;
  /** Ends all of them; a loop over one of them gets what waits for it, then the error. */
  fail(failure: Error): void;
}

/**
 * The subscriptions of a client. What follows when they come and go is done once at the end of the turn, for all of
 * them together: whoever closes one and opens another for the same symbols in one turn goes on where the first one was.
 */
export function createSubscriptions(deps: SubscriptionsDeps, limits: QueueLimits): Subscriptions {
  const { desired, positions, stale } = deps;
  const subscriptions = new Set<Subscription>();
  /** Of subscriptions that came or went in this turn. */
  const changed = new Set<string>();

  const reconcile = (): void => {
    const symbols = [...changed];
    changed.clear();
    for (const symbol of desired.forgetUndesired(symbols)) {
      positions.forget(symbol);
      stale.forget(symbol);
    }
    deps.changed(symbols);
  };

  const change = (symbols: Iterable<string>): void => {
    if (changed.size === 0) queueMicrotask(reconcile);
    for (const symbol of symbols) changed.add(symbol);
  };

  const release = (subscription: Subscription): void => {
    subscriptions.delete(subscription);
    desired.remove(subscription);
    change(subscription.symbols);
  };

  /** Who comes later to a symbol starts from the newest price that is here already. */
  const takeKnown = (subscription: Subscription): void => {
    const known = [...subscription.symbols].flatMap((symbol) => desired.newestOf(symbol) ?? []);
    queueMicrotask(() => {
      for (const update of known)
        if (desired.newestOf(update.symbol) === update) subscription.take(asSnapshot(update));
      if (!subscription.closed) stale.check(subscription.symbols);
    });
  };

  return {
    add(request) {
      const isStale = (symbol: string): boolean => stale.has(symbol);
      const subscription = new Subscription({ ...request, isStale, release }, limits);
      subscriptions.add(subscription);
      desired.add(subscription);
      takeKnown(subscription);
      change(subscription.symbols);
      return subscription;
    },
    close() {
      for (const subscription of [...subscriptions]) subscription.close();
    },
    fail(failure) {
      for (const subscription of subscriptions) subscription.fail(failure);
      subscriptions.clear();
    },
  };
}

/** The newest price is no event for one who comes later, whatever it stood for when it came. */
function asSnapshot({ reset: _, high: _high, low: _low, ...update }: Update): Update {
  return { ...update, from: update.seq, snapshot: true };
}
