import { oneOf, wholeNumber } from '#runtime/command-line/declare.ts';
import type { Asked } from '#runtime/command-line/read.ts';

export interface ClusterOptions {
  readonly hubs: number;
  /** Of the gateway; 0 = any free one, and then all others are any, too. */
  readonly port: number;
  readonly prometheus: boolean;
}

/** As many as deploy/haproxy/haproxy.cfg has places for. */
const hubsMax = 8;

export const commandLine = {
  command: 'npm run cluster',
  about:
    'Runs Tickwire on this machine as in production: Redis, hubs, an adapter of a simulated venue with its standby, HAProxy before them and Prometheus beside. Ctrl-C stops everything.',
  options: {
    hubs: { value: 'N', about: 'hubs', schema: wholeNumber(1, hubsMax).default(2) },
    port: {
      value: 'N',
      about: 'port of the gateway, 0 = any free one',
      schema: wholeNumber(0, 65_535).default(8000),
    },
    without: { value: 'NAME', about: 'leaves it out', schema: oneOf(['prometheus']).optional() },
  },
  notes: ['The environment goes on to the processes: TICKWIRE_FLUSH_MS=5 npm run cluster'],
} as const;

export function clusterOptions({ options }: Asked<typeof commandLine>): ClusterOptions {
  const { hubs, port, without } = options;
  return { hubs, port, prometheus: without === undefined };
}
