import { fileURLToPath } from 'node:url';
import type { Parameters, ScenarioName } from '#loadtest/scripted/parameters.ts';
import type { Tool } from '#loadtest/scripted/run-tool.ts';

/** The release that the scenarios were written for. npx keeps it once it is there. */
export const artilleryPackage = 'artillery@2.0.34';

/** @param binary path of Artillery; undefined = what npx gets */
export function artilleryTool(binary: string | undefined): Tool {
  return {
    name: 'artillery',
    missing: () => undefined, // npx says itself when it can not get it
    invocation({ scenario, parameters, given, passedOn }, target) {
      const script = fileURLToPath(new URL(`./${scenario}.json`, import.meta.url));
      const [file, ...args] = binary === undefined ? ['npx', '--yes', artilleryPackage] : [binary];
      const environment = { ...given, ...scriptVariables(scenario, parameters), TARGET: target };
      return { file, args: [...args, 'run', ...passedOn, script], environment };
    },
  };
}

/** What the scenario files read from their environment, worked out from the parameters. */
export function scriptVariables(
  scenario: ScenarioName,
  { sockets, durationSeconds, latencyP95Ms, latencyP99Ms }: Parameters,
): Record<string, string> {
  const base = Math.ceil(sockets / 5);
  const rampSeconds = scenario === 'ramp' ? (2 * durationSeconds) / 3 : Math.min(durationSeconds / 10, 10);
  const values = {
    SOCKETS: sockets,
    BASE_SOCKETS: base,
    CROWD_SOCKETS: Math.max(1, sockets - base),
    RAMP_SECONDS: Math.ceil(rampSeconds),
    QUIET_SECONDS: Math.ceil(durationSeconds / 3),
    RUSH_SECONDS: 2,
    LATENCY_P95_MS: latencyP95Ms,
    LATENCY_P99_MS: latencyP99Ms,
  };
  const texts = Object.entries(values).map(([name, value]) => [name, String(value)] as const);
  return { SCENARIO: scenario, DURATION: `${durationSeconds}s`, ...Object.fromEntries(texts) };
}
