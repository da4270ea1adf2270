import { inspectRedis } from '#fanout/redis/inspect/inspection.ts';
import { nativeBinaryFinding, runtimeHere } from '#hub/listener/native-binary.ts';
import { type Finding, ok } from '#runtime/finding.ts';
import { certificateFindings } from './certificates.ts';
import type { Target } from './command.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { drainFindings } from './drain.ts';
import { keySetFindings } from './key-set.ts';
import { fileLimitFindings, nodeFinding } from './machine.ts';
import { portFindings } from './ports.ts';

/** What is examined, and by which clock. */
export interface ExamineDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of docs/redis-users.acl. */
  readonly rules: string;
  /** Unix ms. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

/** Looks at everything; what depends on a key that is wrong is left out. Never rejects; every wait has an end. */
export async function examine(targets: readonly Target[], deps: ExamineDeps): Promise<Finding[]> {
  const runtime = runtimeHere();
  const configuration = await readConfiguration(targets, deps);
  const serves = targets.some((target) => target !== 'feed');
  return [
    nodeFinding(runtime.version),
    ...(serves ? [await nativeBinaryFinding(runtime)] : []),
    ...fileLimitFindings(configuration.hub),
    ...configuration.findings,
    ...drainFindings(targets, configuration),
    ...certificateFindings(configuration, deps.now()),
    ...(await keySetFindings(configuration.hub, deps.fetch)),
    ...(await portFindings(targets, configuration, deps.fetch)),
    ...(await redisFindings(targets, configuration, deps)),
  ];
}

async function redisFindings(
  targets: readonly Target[],
  { connection, redis }: Configuration,
  { rules, now, env }: ExamineDeps,
): Promise<Finding[]> {
  const roles = targets.filter((target) => target !== 'start');
  if (roles.length === 0) return [ok('redis', 'not needed: tickwire start has everything in one process')];
  if (connection === undefined || redis === undefined) return []; // the configuration's problem is told
  const limits = { commandTimeoutMs: redis.redisCommandTimeoutMs };
  const findings = await inspectRedis({ connection, roles, rules, now }, limits);
  return env.TICKWIRE_REDIS_URL || roles.length < 2 ? findings : findings.map(orWithoutRedis);
}

/** Who named neither a process nor a Redis may have wanted none. */
export function orWithoutRedis(finding: Finding): Finding {
  if (finding.verdict !== 'fail' || finding.topic !== 'redis') return finding;
  return { ...finding, fix: `${finding.fix}; tickwire start needs none: tickwire doctor start` };
}
