import type { IPodSpec } from 'kubernetes-models/v1';
import { hubLimits } from '#hub/config.ts';
import { readFeedConfig, readHubConfig } from './config-problems.ts';
import type { Environment } from './environment.ts';
import type { ProcessName } from './workloads.ts';

/** For what is closed after the clients have gone: the fanout's connections, the operations server. */
const closingMs = 2000;
/** By which the kubelet may be late. */
const marginMs = 5000;

/**
 * Where a pod has less time for its end than its process takes: the kubelet would kill it, and with it the clients that
 * have not moved yet.
 * @param environment one that the process accepts
 */
export function shutdownProblems(
  process: ProcessName,
  pod: IPodSpec,
  preStopSeconds: number,
  environment: Environment,
): string[] {
  const { shutdownMs, neededMs } = endOf(process, environment);
  const graceMs = 1000 * (pod.terminationGracePeriodSeconds ?? 30);
  const atLeastMs = 1000 * preStopSeconds + shutdownMs + marginMs;
  return [
    ...(shutdownMs < neededMs
      ? [
          `TICKWIRE_SHUTDOWN_MS is ${shutdownMs}, but TICKWIRE_DRAIN_MS, the hand-over and what is closed after it ` +
            `take ${neededMs}: set it to that or more`,
        ]
      : []),
    ...(graceMs < atLeastMs
      ? [
          `terminationGracePeriodSeconds is ${graceMs / 1000}, but preStop, TICKWIRE_SHUTDOWN_MS and a margin ` +
            `take ${atLeastMs / 1000}: set it to that or more`,
        ]
      : []),
  ];
}

function endOf(process: ProcessName, environment: Environment): { shutdownMs: number; neededMs: number } {
  if (process === 'feed') return { shutdownMs: readFeedConfig(environment).shutdownMs, neededMs: 0 };
  const config = readHubConfig(environment);
  const { drainWindowMs, handOverMs } = hubLimits(config);
  return { shutdownMs: config.shutdownMs, neededMs: drainWindowMs + handOverMs + closingMs };
}
