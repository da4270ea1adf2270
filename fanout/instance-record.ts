import { countSchema, parseJsonAs, textSchema, unixMsSchema, z } from '#runtime/schema.ts';
import type { InstanceRecord } from './node-ports.ts';

const schema: z.ZodType<InstanceRecord> = z.object({
  ipAddress: textSchema(64),
  portNumber: z.number().int().min(0).max(65_535),
  protocol: textSchema(64),
  socketUrl: z.exactOptional(textSchema(2048)),
  sockets: countSchema,
  ready: z.boolean(),
});

/**
 * The record in a registry's JSON; undefined when it is none that this version knows, or a number or text in it is out
 * of its range. Does not throw.
 */
export function parseInstanceRecord(text: string): InstanceRecord | undefined {
  return parseJsonAs(schema, text);
}

/** A time that a registry tells as text, Unix ms; undefined when it is none that a `Date` can hold. */
export function parseRegistryTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const parsed = unixMsSchema.safeParse(Number(text));
  return parsed.success ? parsed.data : undefined;
}
