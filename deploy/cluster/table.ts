import type { Addresses } from './addresses.ts';

export interface TableInput {
  readonly addresses: Addresses;
  readonly logs: string;
  /** From the command to this table. */
  readonly tookText: string;
  readonly pids: ReadonlyMap<string, number | undefined>;
}

/** Everything that a person may want to open, once all is ready. */
export function clusterTable({ addresses, logs, tookText, pids }: TableInput): string {
  const { gateway, statistics, hubs, feeds, redis, prometheus } = addresses;
  const pid = (name: string): string => `pid ${pids.get(name) ?? '?'}`;
  const rows: (readonly [string, string, string])[] = [
    ['screen', `http://127.0.0.1:${gateway}`, 'through the gateway'],
    ['sockets', `ws://127.0.0.1:${gateway}/ws`, 'through the gateway'],
    ['session', `http://127.0.0.1:${gateway}/session`, 'POST: a ticket for a socket'],
    ...hubs.map(
      ({ name, operations }) => [name, `http://127.0.0.1:${operations}/metrics`, pid(name)] as const,
    ),
    ...feeds.map(
      ({ name, operations }) => [name, `http://127.0.0.1:${operations}/metrics`, pid(name)] as const,
    ),
    ['gateway', `http://127.0.0.1:${statistics}`, "HAProxy's statistics"],
    ...(prometheus === undefined
      ? []
      : [['Prometheus', `http://127.0.0.1:${prometheus}`, 'alerts at /alerts'] as const]),
    ['Redis', `redis://127.0.0.1:${redis}`, pid('redis')],
    ['logs', logs, ''],
  ];
  const width = Math.max(...rows.slice(0, -1).map(([, url]) => url.length));
  const lines = rows.map(([name, url, note]) =>
    `  ${name.padEnd(12)}${url.padEnd(width)}  ${note}`.trimEnd(),
  );
  return `
Tickwire runs as a cluster, ready in ${tookText}.

${lines.join('\n')}

Prices in a terminal:   npm run tail -- --url ws://127.0.0.1:${gateway}/ws AAPL TSLA
A drain to look at:     kill ${pids.get(hubs.at(-1)?.name ?? '') ?? ''}   (its clients move to the other hubs)
Ctrl-C stops everything.
`;
}
