import type { Client, Stale } from '#client/mod.ts';
import { elementOf } from './elements.ts';

const times = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

export interface StaleBanner {
  /** The symbol is not on the page any more. */
  forget(symbol: string): void;
}

/** Says above the table that prices are old, since when and why, for as long as those of some symbol are. */
export function createStaleBanner(client: Client, document: Document): StaleBanner {
  const banner = elementOf(document, 'stale', HTMLElement);
  /** By symbol. */
  const stale = new Map<string, Stale>();

  const show = (): void => {
    const [first] = stale.values();
    banner.hidden = first === undefined;
    if (first !== undefined) banner.textContent = wordsOf(first, [...stale.keys()]);
  };

  client.on('stale', (notice) => {
    for (const symbol of notice.symbols) stale.set(symbol, notice);
    show();
  });
  client.on('fresh', ({ symbols }) => {
    for (const symbol of symbols) stale.delete(symbol);
    show();
  });

  return {
    forget(symbol) {
      stale.delete(symbol);
      show();
    },
  };
}

function wordsOf({ reason, source = 'the source', since }: Stale, symbols: readonly string[]): string {
  const why = reason === 'fanout_unavailable' ? 'the hub hears no updates' : `${source} is silent`;
  const names = symbols.length > 5 ? `${symbols.slice(0, 5).join(', ')} …` : symbols.join(', ');
  return `Old prices: ${why} since ${times.format(new Date(since))}. Not moving: ${names}`;
}
