import { isIPv6 } from 'node:net';
import { defaultTailUrl } from './tail/command.ts';

/** Where everything in one process is served, as it turned out. */
export interface Started {
  /** That it listens on: an address or a name. */
  readonly host: string;
  readonly port: number;
  /** By TLS. */
  readonly secure: boolean;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly venues: readonly string[];
  /** Clients have to show a token. */
  readonly wantsToken: boolean;
  /** How the terminal client is started from where this was: `npm run tail --` or `tickwire tail`. */
  readonly tail: string;
}

/** What `npm start` says when everything runs: each address and line of it works as it stands, on this machine. */
export function startedText(started: Started): string {
  const { port, secure, venues } = started;
  const at = `${reachable(started.host)}:${port}`;
  const sockets = `${secure ? 'wss' : 'ws'}://${at}/ws`;
  return `Tickwire is running, everything in this one process.

  page     ${secure ? 'https' : 'http'}://${at}
  sockets  ${sockets}
  metrics  http://${reachable(started.metricsHost)}:${started.metricsPort}/metrics
  prices   ${venues.join(', ')}

In another terminal:  ${tailLine(started, sockets)}
Ctrl-C stops it.
`;
}

function tailLine({ tail, venues, wantsToken }: Started, sockets: string): string {
  const url = sockets === defaultTailUrl ? '' : ` --url ${sockets}`;
  const token = wantsToken ? ' --token JWT' : '';
  return `${tail}${url}${token} ${venues.includes('simulated') ? 'AAPL TSLA' : 'SYMBOL'}`;
}

/** Who listens on every address is reached on that of this machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}
