import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Tool } from '#loadtest/scripted/run-tool.ts';

/** @param binary path of k6, or its name on the PATH */
export function k6Tool(binary: string): Tool {
  return {
    name: 'k6',
    missing() {
      if (spawnSync(binary, ['version'], { stdio: 'ignore' }).status === 0) return undefined;
      return (
        `${binary} does not run: get k6 with "go install go.k6.io/k6@latest" or from ` +
        'https://grafana.com/docs/k6/latest/set-up/install-k6/, and set K6_BIN to its path'
      );
    },
    invocation({ scenario, given, passedOn }, target) {
      const script = fileURLToPath(new URL(`./scripts/${scenario}.ts`, import.meta.url));
      const parameters = Object.entries({ ...given, TARGET: target });
      const environment = parameters.flatMap(([name, value]) => ['-e', `${name}=${value}`]);
      return { file: binary, args: ['run', ...environment, ...passedOn, script], environment: {} };
    },
  };
}
