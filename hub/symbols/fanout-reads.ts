import {
  FanoutError,
  type History,
  type LiveFeed,
  type NewestAnswer,
  type NewestRequest,
} from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { type BatchLimits, createBatches } from './batches.ts';
import type { FeedHistory } from './feed-deps.ts';
import { createSlots } from './slots.ts';

/**
 * A subscription that was not acknowledged in time is asked for so many times: on a machine that is busy with
 * others it is late, not lost, and each batch that was given up refused 500 symbols.
 */
const subscribeAttemptsMax = 5;

/** How many reads of the fanout are under way, and what shares a call. */
export interface FanoutReadsLimits extends BatchLimits {
  /** Histories of one part of the fanout read at the same time, of those that are read each by itself. */
  readonly historyReadsMax: number;
}

/** The fanout that is read, and which of its parts holds a symbol. */
export interface FanoutReadsDeps {
  readonly live: Pick<LiveFeed, 'subscribe' | 'partOf'>;
  readonly history: History;
  /** The publisher's: symbols of one group share a call. One group that is away does not hold up another. */
  readonly groupOf: (symbol: StockSymbol) => number;
  /** ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
}

/** What feeds ask the fanout for: in as few calls as can be, and not more at a time than it can do. */
export interface FanoutReads {
  /** Resolves when the subscription is acknowledged. @throws FanoutError */
  subscribe(symbol: StockSymbol): Promise<void>;
  readonly history: FeedHistory;
  /** Milliseconds since the fanout last answered. */
  idleMs(): number;
}

/** Gathers reads of one part of the fanout into few calls. */
export function createFanoutReads(deps: FanoutReadsDeps, limits: FanoutReadsLimits): FanoutReads {
  const { history, live, elapsedMs } = deps;
  let answeredAt = elapsedMs();
  const answered = async <Answer>(call: Promise<Answer>): Promise<Answer> => {
    const answer = await call;
    answeredAt = elapsedMs();
    return answer;
  };
  const subscribe = async (symbols: readonly StockSymbol[]): Promise<readonly undefined[]> => {
    for (let attempt = 1; ; attempt++)
      try {
        await answered(live.subscribe(symbols));
        return [];
      } catch (error) {
        const late = error instanceof FanoutError && error.code === 'timeout';
        if (!late || attempt === subscribeAttemptsMax) throw error;
      }
  };
  const subscribes = perGroup(() => createBatches(subscribe, limits));
  const newest = perGroup(() =>
    createBatches<NewestRequest, NewestAnswer>((requests) => answered(history.newest(requests)), limits),
  );
  // By part: reads of one that is away wait for their time-outs, and would take the turns of all others.
  const slots = perGroup(() => createSlots(limits.historyReadsMax));
  const reads = <Answer>(symbol: StockSymbol, read: () => Promise<Answer>): Promise<Answer> =>
    slots(live.partOf(symbol) ?? '')(() => answered(read()));
  return {
    subscribe: (symbol) => subscribes(deps.groupOf(symbol))(symbol),
    history: {
      async newest(symbol, entriesMax) {
        const answer = await newest(deps.groupOf(symbol))({ symbol, entriesMax });
        if (answer instanceof FanoutError) throw answer;
        return answer;
      },
      after: (symbol, position, entriesMax) =>
        reads(symbol, () => history.after(symbol, position, entriesMax)),
      before: (symbol, position, entriesMax) =>
        reads(symbol, () => history.before(symbol, position, entriesMax)),
    },
    idleMs: () => elapsedMs() - answeredAt,
  };
}

/**
 * One of each for every group that has come up; there are at most as many as the publisher has, and of parts as many
 * as there were servers.
 */
function perGroup<Name, One>(create: () => One): (name: Name) => One {
  const groups = new Map<Name, One>();
  return (name) => {
    let group = groups.get(name);
    if (group === undefined) {
      group = create();
      groups.set(name, group);
    }
    return group;
  };
}
