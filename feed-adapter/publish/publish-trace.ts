import type { PublishOutcome } from '#fanout/ports.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';

/** The final answer of Redis to a batch. */
export type PublishAnswer = Exclude<PublishOutcome['outcome'], 'early'>;

/** A batch from its first try to its answer. */
export interface TracedBatch {
  /** See `Publisher.groupOf`. */
  readonly group: number;
  readonly ticks: number;
  /** How often it was sent. */
  readonly tries: number;
  readonly answer: PublishAnswer;
  readonly tookMs: number;
}

/**
 * Spans of batches, made when their answer is known, so that a batch under way carries nothing. One a second
 * is a sample; each batch that was retried or refused has its own.
 */
export interface PublishTrace {
  /** @param now monotonic ms */
  wants(now: number, tries: number, answer: PublishAnswer): boolean;
  answered(batch: TracedBatch): void;
}

const everyMs = 1000;

/** Chooses which batches of `source` get a span. */
export function createPublishTrace(tracer: Tracer, source: string): PublishTrace {
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    wants(now, tries, answer) {
      if (tries > 1 || answer !== 'published') return true;
      if (now - lastAt < everyMs) return false;
      lastAt = now;
      return true;
    },
    answered({ group, ticks, tries, answer, tookMs }) {
      const span = tracer.start('publish batch', {
        kind: 'producer',
        agoMs: tookMs,
        attributes: {
          'messaging.operation.type': 'send',
          'messaging.batch.message_count': ticks,
          'tickwire.source': source,
          'tickwire.group': group,
          'tickwire.tries': tries,
          'tickwire.answer': answer,
        },
      });
      if (answer === 'fenced') span.fail(answer);
      else span.end();
    },
  };
}
