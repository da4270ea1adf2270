import type { SourceStatus } from '#fanout/ports.ts';
import { until } from './redis/until.ts';

/** Whoever serves HTTP for users: a hub, or a feed adapter. */
interface Serving {
  readonly port: number;
}

/** Whoever serves metrics and probes: every process. */
interface Operated {
  readonly operationsPort: number;
}

const timeoutMs = 4000;

/** The HTTP status that an orchestrator sees: 200 = send clients, 503 = do not. */
export async function readiness({ operationsPort }: Operated): Promise<number> {
  return (await get(operationsPort, '/readyz')).status;
}

/** Why an orchestrator should send no clients, or `ready`. */
export async function readinessText({ operationsPort }: Operated): Promise<string> {
  return (await (await get(operationsPort, '/readyz')).text()).trim();
}

/** What `GET /sources` of a hub or feed adapter lists; empty while it can not be read. */
export async function sourcesOf({ port }: Serving): Promise<readonly SourceStatus[]> {
  const response = await get(port, '/sources');
  if (!response.ok) return [];
  return ((await response.json()) as { sources: readonly SourceStatus[] }).sources;
}

/** Waits until the hub knows symbols of `source`, and returns them: before, it refuses them as unknown. */
export async function symbolsAt(hub: Serving, source: string): Promise<string[]> {
  let names: string[] = [];
  await until(`the hub lists symbols of ${source}`, async () => {
    const { symbols } = (await (await get(hub.port, '/symbols')).json()) as Listed;
    names = symbols.filter((entry) => entry.source === source).map(({ symbol }) => symbol);
    return names.length > 0;
  });
  return names;
}

interface Listed {
  readonly symbols: readonly { readonly symbol: string; readonly source: string }[];
}

function get(port: number, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
}
