import { CommandLineError, readOptions } from '#runtime/command-line.ts';

export interface ClusterOptions {
  readonly hubs: number;
  /** Of the gateway; 0 = any free one, and then all others are any, too. */
  readonly port: number;
  readonly prometheus: boolean;
}

/** As many as deploy/haproxy/haproxy.cfg has places for. */
const hubsMax = 8;

export const usage = `Usage: npm run cluster [-- options]
  Runs Tickwire on this machine as in production: Redis, hubs, an adapter of a simulated venue with
  its standby, HAProxy before them and Prometheus beside. Ctrl-C stops everything.

  --hubs N               hubs, 1 to ${hubsMax}; 2 when not told
  --port N               port of the gateway; 8000 when not told, 0 = any free one
  --without prometheus   leaves Prometheus out
  --help                 shows this

The environment goes on to the processes: TICKWIRE_FLUSH_MS=5 npm run cluster
`;

/** @throws CommandLineError with every problem */
export function parseArguments(args: readonly string[]): ClusterOptions {
  const { hubs, port, without } = readOptions(args, {
    hubs: { type: 'string', default: '2' },
    port: { type: 'string', default: '8000' },
    without: { type: 'string', multiple: true, default: [] },
  });
  const problems = problemsOf(hubs, port, without);
  if (problems.length > 0) throw new CommandLineError(problems.join('\n'));
  return { hubs: Number(hubs), port: Number(port), prometheus: without.length === 0 };
}

function problemsOf(hubs: string, port: string, without: readonly string[]): string[] {
  const problems: string[] = [];
  if (!isWithin(hubs, 1, hubsMax)) problems.push(`--hubs is ${hubs}, but must be from 1 to ${hubsMax}`);
  if (!isWithin(port, 0, 65_535)) problems.push(`--port is ${port}, but must be from 0 to 65535`);
  for (const name of without)
    if (name !== 'prometheus') problems.push(`--without ${name}: only prometheus can be left out`);
  return problems;
}

function isWithin(text: string, min: number, max: number): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= min && Number(text) <= max;
}
