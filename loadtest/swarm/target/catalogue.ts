import { SwarmError } from '#loadtest/swarm/scenario.ts';
import type { Endpoint } from './endpoint.ts';

const timeoutMs = 5000;

/**
 * The symbols that the hub knows, by name.
 * @throws SwarmError when it is not there or is no hub
 */
export async function readCatalogue({ host, port }: Endpoint): Promise<readonly string[]> {
  const url = `http://${host}:${port}/symbols`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const { symbols } = (await response.json()) as { symbols: readonly { symbol: string }[] };
    return symbols.map(({ symbol }) => symbol);
  } catch (error) {
    const { cause, message } = error as Error;
    const words = cause instanceof Error ? cause.message : message;
    throw new SwarmError(`no hub answers at ${url} (${words}): start it, or mend "target.urls"`);
  }
}
