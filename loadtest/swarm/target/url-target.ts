import { readCatalogue } from './catalogue.ts';
import { type Target, tickwireDialect } from './target.ts';

/**
 * Hubs that run already, fed by whatever feeds them: their CPU and their rate are not known here.
 * @throws SwarmError when one of them is not there
 */
export async function urlTarget(urls: readonly string[], format: 'msgpack' | 'json'): Promise<Target> {
  const endpoints = urls.map((url) => {
    const { hostname, port } = new URL(url);
    return { host: hostname, port: Number(port) };
  });
  const [catalogue = []] = await Promise.all(endpoints.map(readCatalogue));
  return {
    endpoints,
    dialect: tickwireDialect(format),
    catalogue,
    updatesPerSymbol: undefined,
    processes: [],
    died: new Promise(() => undefined),
    stopFeed: async () => undefined,
    stop: async () => undefined,
  };
}
