import { z } from 'zod';

const count = (max: number) => z.number().int().min(1).max(max);
const settings = z.record(z.string().regex(/^[A-Z0-9_]+$/), z.union([z.string(), z.number()]));

const stage = z.strictObject({
  hubs: count(64).default(1),
  /** Keys of the hub's environment without their prefix. */
  hubSettings: settings.default({}),
  feed: z.strictObject({
    symbols: count(100_000),
    ticksPerSecond: count(200_000),
    settings: settings.default({}),
  }),
  redis: z.strictObject({ config: z.array(z.string()).default([]) }).default({ config: [] }),
});

const target = z.union([
  z.strictObject({ urls: z.array(z.string().regex(/^ws:\/\/[^/:]+:\d+\/ws$/)).min(1) }),
  z.strictObject({ stage }),
]);

const symbols = z.discriminatedUnion('choice', [
  z.strictObject({ choice: z.literal('uniform') }),
  z.strictObject({ choice: z.literal('zipf'), exponent: z.number().min(0).max(5) }),
  z.strictObject({ choice: z.literal('same') }),
  z.strictObject({ choice: z.literal('slices') }),
  z.strictObject({ choice: z.literal('spread') }),
]);

const schema = z
  .strictObject({
    about: z.string().default(''),
    sockets: count(1_000_000),
    rampPerSecond: count(100_000).default(2000),
    symbolsPerSocket: count(1024),
    symbols: symbols.default({ choice: 'uniform' }),
    seed: z.number().int().default(1),
    format: z.enum(['msgpack', 'json']).default('msgpack'),
    /** At most one update per symbol in so many ms; 0 = every update. */
    frequency: z.number().int().min(0).max(60_000).default(0),
    slow: z.strictObject({ share: z.number().gt(0).max(1), bytesPerSecond: count(1_000_000_000) }).optional(),
    churn: z.strictObject({ reconnectsPerSecond: z.number().gt(0).max(100_000) }).optional(),
    /** Whether a socket that a hub closes comes back, to the next hub; if not, it fails the run. */
    reconnect: z.boolean().default(false),
    warmUpSeconds: z.number().int().min(0).max(3600).default(5),
    durationSeconds: count(86_400),
    workers: count(256).default(1),
    /** Of the expected deliveries, so much must come. */
    deliveredShareMin: z.number().min(0).max(1).default(0.97),
    /** The run fails above it. */
    p99MaxMs: count(120_000).optional(),
    /** Shown beside the p99 that was measured; the run does not fail by it. */
    p99AimMs: count(120_000).optional(),
    /** Rates of the feed in ticks per second, tried one after the other until one can not be held. */
    rates: z.array(count(200_000)).min(1).optional(),
    target,
  })
  .superRefine((scenario, context) => {
    if (scenario.rates !== undefined && 'urls' in scenario.target)
      context.addIssue({
        code: 'custom',
        path: ['rates'],
        message: 'is for a stage, as the feed of "target.urls" is not ours',
      });
    if ('stage' in scenario.target && scenario.target.stage.feed.symbols < scenario.symbolsPerSocket)
      context.addIssue({
        code: 'custom',
        path: ['symbolsPerSocket'],
        message: 'is more than "target.stage.feed.symbols"',
      });
  });

/** What the swarm is to do. */
export type Scenario = z.output<typeof schema>;

/** The processes that a scenario wants started for it. */
export type StageScenario = z.output<typeof stage>;

/** What a person can mend: a scenario, a limit of the system, a hub that is not there. One line each. */
export class SwarmError extends Error {
  override readonly name = 'SwarmError';
}

/** @throws SwarmError with every problem of the file, a line each, with its path */
export function parseScenario(text: string, file: string): Scenario {
  const read = schema.safeParse(parseJson(text, file));
  if (read.success) return read.data;
  const lines = read.error.issues.flatMap((issue) => describe(issue, []));
  throw new SwarmError(lines.map((line) => `${file}: ${line}`).join('\n'));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SwarmError(`${file}: is no JSON: ${(error as Error).message}`);
  }
}

function describe(issue: z.core.$ZodIssue, parents: readonly PropertyKey[]): string[] {
  const path = [...parents, ...issue.path];
  const place = path.length === 0 ? 'the scenario' : `"${path.join('.')}"`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(
        (key) => `"${[...path, key].join('.')}" is no key that the swarm knows: remove it`,
      );
    case 'invalid_union':
      return closestOf(issue.errors, place).flatMap((inner) => describe(inner, path));
    default:
      return [`${place}: ${issue.message}`];
  }
}

/** Of the forms that a value may have, the problems of the one that was most likely meant. */
function closestOf(errors: readonly z.core.$ZodIssue[][], place: string): z.core.$ZodIssue[] {
  const [closest] = [...errors].sort((a, b) => misses(a) - misses(b));
  return (
    closest ?? [{ code: 'custom', path: [], message: `${place} has none of its forms`, input: undefined }]
  );
}

/** A form of which even the name is missing was not meant. */
function misses(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.path.length <= 1 ? 10 : 1), 0);
}
