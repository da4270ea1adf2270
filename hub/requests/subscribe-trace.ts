import type { SessionTrace } from '#hub/session/session-trace.ts';
import type { HistoryRead } from '#hub/symbols/history-read.ts';
import type { Feeds } from '#hub/symbols/symbol-feeds.ts';
import type { Rejection, ResetReason } from '#protocol/messages.ts';
import type { TraceContext } from '#runtime/tracing/trace-context.ts';
import type { Span, SpanAttributes } from '#runtime/tracing/tracer.ts';
import type { PlannedSymbol } from './subscribe-plan.ts';

/** What became of the position that a client gave; undefined: it gave none. */
export interface Resumed {
  readonly resume: 'continue' | ResetReason | undefined;
}

/** One subscribe, and within it the resume where the client gave positions. */
export class SubscribeTrace {
  readonly #trace: SessionTrace;
  readonly #subscribe: Span;
  #resume: Span | undefined;
  #opened = 0;

  constructor(trace: SessionTrace) {
    this.#trace = trace;
    this.#subscribe = trace.begin('subscribe');
  }

  get context(): TraceContext {
    return this.#subscribe.context;
  }

  /**
   * The symbols were looked at. Those that this hub does not have yet are being opened: Redis has to be asked.
   */
  holds(wanted: readonly PlannedSymbol[], feeds: Pick<Feeds, 'isOpen'>): void {
    this.#opened = wanted.filter(({ feed }) => !feeds.isOpen(feed)).length;
    if (wanted.some(({ since }) => since !== undefined))
      this.#resume = this.#trace.begin('resume', this.context);
  }

  answered(ready: readonly Resumed[], rejected: readonly Rejection[], read: HistoryRead): void {
    this.#resume?.end(resumeAttributes(ready, read, this.#opened));
    this.#subscribe.end({
      'tickwire.symbols': ready.length,
      'tickwire.rejected': rejected.length,
      'tickwire.opened': this.#opened,
      'tickwire.opened_from': this.#opened === 0 ? 'memory' : 'redis',
    });
  }

  /** The client left before the answer. */
  left(): void {
    this.#resume?.end({ 'tickwire.outcome': 'closed' });
    this.#subscribe.end({ 'tickwire.outcome': 'closed' });
  }
}

function resumeAttributes(
  ready: readonly Resumed[],
  { pages, entries }: HistoryRead,
  opened: number,
): SpanAttributes {
  const attributes: Record<string, string | number> = {
    'tickwire.pages': pages,
    'tickwire.entries': entries,
    'tickwire.resumed_from': pages === 0 && opened === 0 ? 'memory' : 'stream',
    'tickwire.recovered': ready.filter(({ resume }) => resume === 'continue').length,
  };
  for (const { resume } of ready) {
    if (resume === undefined || resume === 'continue') continue;
    const name = `tickwire.reset.${resume}`;
    attributes[name] = Number(attributes[name] ?? 0) + 1;
  }
  return attributes;
}
