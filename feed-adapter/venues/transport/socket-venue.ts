import type { LastNumbers, Venue, VenueSink, VenueState } from '#feed-adapter/venues/venue.ts';
import type { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import type { Converse, VenueDeps } from './conversation.ts';
import type { SocketLimits } from './socket-limits.ts';
import { VenueSocket } from './venue-socket.ts';

/** What makes one WebSocket venue different from another. */
export interface SocketVenueParts {
  readonly symbols: VenueSymbols;
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly limits: SocketLimits;
  /** One conversation per connection that the venue needs; called once, at the start. */
  readonly lines: (sink: VenueSink, last?: LastNumbers) => readonly Converse[];
  /** See `Venue.losses`. */
  readonly losses: 'numbered' | 'hidden';
}

/**
 * A venue that is read through one or more WebSockets.
 * @throws RangeError when the URL is no WebSocket URL
 */
export function createSocketVenue(parts: SocketVenueParts, deps: VenueDeps): Venue {
  requireSocketUrl(parts.url);
  let sockets: readonly VenueSocket[] = [];
  let stopped = false;
  return {
    symbols: parts.symbols.ours,
    losses: parts.losses,
    start(sink, last) {
      const open = openUntil(sink, () => stopped);
      const lines = parts.lines(open, last);
      const stateOf = joinStates(open, lines.length);
      sockets = lines.map((converse, line) => {
        const lineSink = { state: stateOf(line), rejected: open.rejected };
        return new VenueSocket({ url: parts.url, converse }, lineSink, deps, parts.limits);
      });
      for (const socket of sockets) socket.start();
    },
    async stop() {
      stopped = true;
      await Promise.all(sockets.map((socket) => socket.stop()));
    },
  };
}

function requireSocketUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'ws:' && protocol !== 'wss:')
    throw new RangeError('the url of a venue must begin with ws:// or wss://');
}

/** A frame may hold many messages, and the first of them may lead to `stop`: the rest must not be reported. */
function openUntil(sink: VenueSink, isStopped: () => boolean): VenueSink {
  return {
    tick: (tick) => void (isStopped() || sink.tick(tick)),
    rejected: (reason) => void (isStopped() || sink.rejected(reason)),
    gap: (symbol, missed) => void (isStopped() || sink.gap(symbol, missed)),
    state: (state, problem) => {
      if (isStopped()) return;
      if (problem === undefined) sink.state(state);
      else sink.state(state, problem);
    },
  };
}

/** From bad to good: several connections are together in the worst state that one of them is in. */
const worstFirst: readonly VenueState[] = ['stale', 'connecting', 'ended', 'live'];

function joinStates(sink: VenueSink, lineCount: number): (line: number) => VenueSink['state'] {
  const states = new Array<VenueState>(lineCount).fill('connecting');
  return (line) => (state, problem) => {
    states[line] = state;
    const worst = worstFirst.find((candidate) => states.includes(candidate)) ?? state;
    if (problem !== undefined) sink.state(worst, problem);
    else if (state === worst) sink.state(worst);
  };
}
