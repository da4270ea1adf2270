import { parseArgs } from 'node:util';
import { type Workload, type WorkloadName, workloads } from './workload.ts';

export interface PeersOptions {
  /** Names of peers; empty = all. */
  readonly names: readonly string[];
  readonly workload: Workload;
  readonly seconds: number;
  readonly rounds: number;
  /** File for the figures; undefined = none. */
  readonly out: string | undefined;
  /** Whether docs/peers.md gets the table. */
  readonly publish: boolean;
}

export const usage = `npm run peers -- [NAME…] [--workload NAME] [--seconds N] [--rounds N] [--sockets N] [--rate N] [--out FILE] [--publish]

  NAME         peers, the first one is what the others are compared with; those of the workload when none is named
  --workload   ${Object.keys(workloads).join(', ')}; fast-tape when absent
  --seconds    timed part of a run, 1 to 600; 5 when absent
  --rounds     measured runs of each peer, 1 to 20; 2 when absent: about 6 minutes for any workload
  --sockets    instead of the workload's
  --rate       deliveries per second that are tried first, instead of the workload's
  --out        writes the figures as JSON
  --publish    writes the table into docs/peers.md

  CENTRIFUGO_BIN=/path/to/centrifugo brings Centrifugo in.`;

/** @throws TypeError that says what to change */
export function parsePeersArguments(args: readonly string[], known: readonly string[]): PeersOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      workload: { type: 'string', default: 'fast-tape' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '2' },
      sockets: { type: 'string' },
      rate: { type: 'string' },
      out: { type: 'string' },
      publish: { type: 'boolean', default: false },
    },
  });
  const strangers = positionals.filter((name) => !known.includes(name));
  if (strangers.length > 0)
    throw new TypeError(`${strangers.join(', ')}: no such peer; there are ${known.join(', ')}`);
  if (!Object.hasOwn(workloads, values.workload))
    throw new TypeError(`--workload ${values.workload}: must be one of ${Object.keys(workloads).join(', ')}`);
  const workload: Workload = workloads[values.workload as WorkloadName];
  const sockets =
    values.sockets === undefined ? workload.sockets : whole('--sockets', values.sockets, 1, 100_000);
  const rate =
    values.rate === undefined ? workload.deliveriesPerSecond : whole('--rate', values.rate, 1, 10_000_000);
  return {
    names: positionals,
    workload: { ...workload, sockets, deliveriesPerSecond: rate },
    seconds: whole('--seconds', values.seconds, 1, 600),
    rounds: whole('--rounds', values.rounds, 1, 20),
    out: values.out,
    publish: values.publish,
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new TypeError(`${name} ${text}: must be a whole number from ${min} to ${max}`);
}
