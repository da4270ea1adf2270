import type { Codec, WireFormat } from '#protocol/codec.ts';
import { partOf } from '#protocol/update-parts.ts';
import type { SymbolFeed } from './symbol-feed.ts';

/**
 * Replayed ticks as parts of messages, encoded once for all who resume them: after a hub's death ten
 * thousand sockets want the same ticks. There are never more parts than ticks in memory when they were made.
 */
export interface ReplayParts {
  /** The tick numbered `seq`; undefined when the feed does not have it. The bytes must not be changed. */
  partOf(feed: SymbolFeed, seq: number, codec: Codec): Uint8Array | undefined;
  /** Lets go of all parts. */
  clear(): void;
}

/** The parts of one feed. */
interface Run {
  epoch: number;
  /** Sequence number of `parts[0]`. */
  first: number;
  readonly parts: (Uint8Array | undefined)[];
}

/**
 * A new part is written into the current block while it has room: a buffer for each of 200,000 parts kept the
 * garbage collector busier than the replays.
 */
const blockBytes = 65_536;

/** Nothing is encoded before it is asked for, and then once for each format. */
export function createReplayParts(): ReplayParts {
  const runs: Record<WireFormat, Map<SymbolFeed, Run>> = { json: new Map(), msgpack: new Map() };
  let block = new Uint8Array(0);
  let used = 0;

  const kept = (part: Uint8Array): Uint8Array => {
    if (part.length > blockBytes) return part;
    if (used + part.length > block.length) {
      block = new Uint8Array(blockBytes);
      used = 0;
    }
    const copy = block.subarray(used, used + part.length);
    copy.set(part);
    used += part.length;
    return copy;
  };

  return {
    partOf(feed, seq, codec) {
      const run = runOf(runs[codec.format], feed);
      const known = run.parts[seq - run.first];
      if (known !== undefined) return known;
      const tick = feed.window.at(seq);
      if (tick === undefined) return undefined;
      const part = kept(partOf(codec.format, codec.encodeUpdate(tick, seq)));
      run.parts[seq - run.first] = part;
      return part;
    },
    clear() {
      runs.json.clear();
      runs.msgpack.clear();
      block = new Uint8Array(0);
      used = 0;
    },
  };
}

/** The feed's run, which begins where the feed's log does. */
function runOf(runs: Map<SymbolFeed, Run>, feed: SymbolFeed): Run {
  const { epoch, first } = feed.window;
  const run = runs.get(feed);
  if (run === undefined || run.epoch !== epoch || run.first > first) {
    const begun = { epoch, first, parts: [] };
    runs.set(feed, begun);
    return begun;
  }
  if (run.first < first) {
    run.parts.splice(0, first - run.first);
    run.first = first;
  }
  return run;
}
