import { isInstanceId, type LiveInstance } from '#fanout/node-ports.ts';
import { wholeUnixMsSchema } from '#fanout/redis/server-time.ts';
import { countSchema, parseJsonAs, textSchema, z } from '#runtime/schema.ts';

/** An instance as Redis keeps it; the times are Unix ms of Redis' clock. */
export interface KeptInstance extends LiveInstance {
  readonly service: string;
  readonly serviceName: string;
  /** Since when there has been an instance of the service without a break. */
  readonly serviceSince: number;
  /** Names the life of the instance that holds the lease. */
  readonly boot: string;
  /** When the lease was renewed last. */
  readonly renewedAt: number;
}

/** Longest text that is looked at as an instance, with its signature; in UTF-16 units. */
export const instanceLengthMax = 8192;

const schema: z.ZodType<KeptInstance> = z.object({
  service: textSchema(64),
  serviceName: textSchema(64),
  serviceSince: wholeUnixMsSchema,
  instance: z.string().refine(isInstanceId),
  boot: textSchema(128),
  registeredAt: wholeUnixMsSchema,
  renewedAt: wholeUnixMsSchema,
  expiresAt: wholeUnixMsSchema,
  ipAddress: textSchema(64),
  portNumber: z.number().int().min(0).max(65_535),
  protocol: textSchema(64),
  socketUrl: z.exactOptional(textSchema(2048)),
  sockets: countSchema,
  ready: z.boolean(),
});

/** The text of an instance, to be sealed. */
export function writeInstance(kept: KeptInstance): string {
  return JSON.stringify(kept);
}

/**
 * The instance in a text; undefined when it is none that this version knows, or a number or text in it is out of its
 * range. Fields that this version does not know are left out. Does not throw.
 */
export function parseInstance(text: string): KeptInstance | undefined {
  return parseJsonAs(schema, text);
}
