import type { SourceStatus } from '#fanout/ports.ts';
import { countSchema, parseJsonAs, textSchema, unixMsSchema, z } from '#runtime/schema.ts';

/** Longest text that is looked at as the state of a source; in UTF-16 units, and in bytes where Redis looks. */
export const sourceStatusLengthMax = 16_384;

/** Reasons for which ticks were rejected; an adapter has about ten. */
const rejectedReasonsMax = 64;

const schema: z.ZodType<SourceStatus> = z.object({
  source: textSchema(255),
  instance: textSchema(255),
  state: z.enum(['leading', 'standby', 'connecting', 'stale', 'stopped']),
  problem: z.exactOptional(textSchema(1024)),
  symbols: countSchema,
  lastTickAt: z.exactOptional(unixMsSchema),
  published: countSchema,
  rejected: z
    .record(textSchema(64), countSchema)
    .refine((counts) => Object.keys(counts).length <= rejectedReasonsMax),
  gaveUp: countSchema,
  venueGaps: countSchema,
  reconnects: countSchema,
});

/**
 * The state of a source from its JSON; undefined when the text holds none, or one with a number that is out of its
 * range or a text that is too long. Fields that this version does not know are left out. Does not throw.
 */
export function parseSourceStatus(text: unknown): SourceStatus | undefined {
  if (typeof text === 'string' && text.length > sourceStatusLengthMax) return undefined;
  return parseJsonAs(schema, text);
}
