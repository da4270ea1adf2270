import type { Client, Subscription, Update } from '#client/mod.ts';
import { WatchRow } from './watch-row.ts';

/** The symbols on the page, each with a row of the table. */
export interface WatchList {
  /** False when the symbol is on the list already. */
  add(symbol: string): boolean;
  remove(symbol: string): void;
  /** Called with the number of rows, now and whenever it changes. */
  onChange(listener: (count: number) => void): void;
}

export interface WatchListDeps {
  readonly client: Client;
  readonly window: Pick<Window, 'requestAnimationFrame'>;
  /** Called with each symbol that goes. */
  readonly removed: (symbol: string) => void;
  /** The body of the table. */
  readonly rows: HTMLElement;
}

/** A person sees no more; and whatever arrives within a frame is drawn together. */
const frequencyMs = 100;

interface Entry {
  readonly row: WatchRow;
  readonly subscription: Subscription;
}

export function createWatchList({ client, window, removed, rows }: WatchListDeps): WatchList {
  const entries = new Map<string, Entry>();
  /** Rows to be drawn in the next frame, with their newest update. */
  const pending = new Map<WatchRow, Update>();
  let changed = (_count: number): void => undefined;

  const draw = (): void => {
    for (const [row, update] of pending) row.show(update);
    pending.clear();
  };

  const show = (row: WatchRow, update: Update): void => {
    if (pending.size === 0) window.requestAnimationFrame(draw);
    pending.set(row, update);
  };

  const remove = (symbol: string): void => {
    const entry = entries.get(symbol);
    if (entry === undefined) return;
    entry.subscription.close();
    entry.row.element.remove();
    entries.delete(symbol);
    removed(symbol);
    changed(entries.size);
  };

  client.on('stale', ({ symbols }) => {
    for (const symbol of symbols) entries.get(symbol)?.row.showStale(true);
  });
  client.on('fresh', ({ symbols }) => {
    for (const symbol of symbols) entries.get(symbol)?.row.showStale(false);
  });

  return {
    add(symbol) {
      if (entries.has(symbol)) return false;
      const row = new WatchRow(symbol, () => remove(symbol));
      const onUpdate = (update: Update): void => show(row, update);
      entries.set(symbol, {
        row,
        subscription: client.subscribe([symbol], { frequency: frequencyMs, onUpdate }),
      });
      rows.append(row.element);
      changed(entries.size);
      return true;
    },
    remove,
    onChange(listener) {
      changed = listener;
      listener(entries.size);
    },
  };
}
