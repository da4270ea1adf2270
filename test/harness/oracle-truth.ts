import type { PriceUpdate } from '#protocol/messages.ts';
import type { ViolationKind } from './oracle-report.ts';

/** What was published at a position. A field that is absent must be absent on the wire too. */
export interface PublishedFields {
  readonly price: number;
  readonly size?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly volume?: number;
  /** ISO 8601; compared only where it is given. */
  readonly timestamp?: string;
}

/** Everything that was published, and the deliveries that wait to be compared with it. */
export interface Truth {
  published(symbol: string, epoch: number, seq: number, fields: PublishedFields): void;
  /** Compares a delivery now, or when its truth becomes known. */
  compare(client: string, symbol: string, epoch: number, update: PriceUpdate): void;
  /** Deliveries whose truth is not known by now were never published. */
  settle(): void;
  count(): number;
}

interface Delivery {
  readonly client: string;
  readonly symbol: string;
  readonly epoch: number;
  readonly update: PriceUpdate;
}

const comparedFields = ['price', 'size', 'bid', 'ask', 'volume'] as const;

export function createTruth(violation: (kind: ViolationKind, text: string) => void): Truth {
  /** `symbol epoch` → by sequence number. */
  const histories = new Map<string, Map<number, PublishedFields>>();
  /** `symbol epoch seq` → deliveries that came before their truth. */
  const waiting = new Map<string, Delivery[]>();
  let count = 0;

  const historyOf = (symbol: string, epoch: number): Map<number, PublishedFields> => {
    const key = `${symbol} ${epoch}`;
    const history = histories.get(key) ?? new Map<number, PublishedFields>();
    histories.set(key, history);
    return history;
  };

  const judge = (delivery: Delivery, history: ReadonlyMap<number, PublishedFields>): void => {
    const { update } = delivery;
    const fields = history.get(update.seq);
    const difference = fields && (differenceOf(update, fields) ?? windowDifferenceOf(update, history));
    if (difference !== undefined) violation('wrong_content', `${nameOf(delivery)}: ${difference}`);
  };

  const wait = (delivery: Delivery): void => {
    const key = `${delivery.symbol} ${delivery.epoch} ${delivery.update.seq}`;
    waiting.set(key, [...(waiting.get(key) ?? []), delivery]);
  };

  return {
    published(symbol, epoch, seq, fields) {
      const history = historyOf(symbol, epoch);
      const before = history.get(seq);
      if (before !== undefined && !same(before, fields))
        violation('wrong_content', `${symbol} ${epoch}-${seq} was published twice, with another content`);
      if (before === undefined) count++;
      history.set(seq, fields);
      const key = `${symbol} ${epoch} ${seq}`;
      for (const delivery of waiting.get(key) ?? []) judge(delivery, history);
      waiting.delete(key);
    },
    compare(client, symbol, epoch, update) {
      const history = historyOf(symbol, epoch);
      const delivery = { client, symbol, epoch, update };
      if (history.has(update.seq)) judge(delivery, history);
      else wait(delivery);
    },
    settle() {
      for (const deliveries of waiting.values())
        for (const delivery of deliveries) violation('never_published', nameOf(delivery));
      waiting.clear();
    },
    count: () => count,
  };
}

function nameOf({ client, symbol, epoch, update }: Delivery): string {
  return `${client} ${symbol} ${epoch}-${update.seq}`;
}

function same(a: PublishedFields, b: PublishedFields): boolean {
  return comparedFields.every((field) => a[field] === b[field]);
}

function differenceOf(update: PriceUpdate, fields: PublishedFields): string | undefined {
  const field = comparedFields.find((name) => update[name] !== fields[name]);
  if (field !== undefined) return `${field} ${update[field]} instead of ${fields[field]}`;
  const { timestamp } = fields;
  if (timestamp === undefined || timestamp === update.timestamp) return undefined;
  return `timestamp ${update.timestamp} instead of ${timestamp}`;
}

/** Whether `high` and `low` are those of the window; undefined where some of it is not known. */
function windowDifferenceOf(
  update: PriceUpdate,
  history: ReadonlyMap<number, PublishedFields>,
): string | undefined {
  const { seq, from = seq, high, low } = update;
  if (high === undefined && low === undefined) return undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (let number = from; number <= seq; number++) {
    const price = history.get(number)?.price;
    if (price === undefined) return undefined;
    highest = Math.max(highest, price);
    lowest = Math.min(lowest, price);
  }
  if (high !== undefined && high !== highest) return `high ${high} instead of ${highest}`;
  return low !== undefined && low !== lowest ? `low ${low} instead of ${lowest}` : undefined;
}
