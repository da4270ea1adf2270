import { patientMs } from './redis/until.ts';

/** What a process's `/metrics` said at one moment. */
export interface MetricsPage {
  /** Sum over the samples of `name` whose labels hold all of `labels`; 0 when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** @throws TypeError when the process does not answer */
export async function readMetrics({ operationsPort }: { operationsPort: number }): Promise<MetricsPage> {
  const url = `http://127.0.0.1:${operationsPort}/metrics`;
  const response = await fetch(url, { signal: AbortSignal.timeout(patientMs) });
  const lines = (await response.text()).split('\n');
  return {
    value(name, labels = {}) {
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return lines
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => wanted.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
  };
}
