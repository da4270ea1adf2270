import { CommandLineError, readCommandLine, wholeNumber } from '#runtime/command-line.ts';
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
  readonly write: boolean;
}

export const usage = `Usage: npm run peers [-- options] [NAME …]
  Drives Tickwire and other hubs with the same sockets, in turn, and prints what each takes.

  NAME …         peers, the first one is what the others are compared with; those of the workload when none is named
  --workload W   ${Object.keys(workloads).join(', ')}; fast-tape when not said
  --seconds N    timed part of a run, 1 to 600; 5 when not said
  --rounds N     measured runs of each peer, 1 to 20; 2 when not said: about 6 minutes for any workload
  --sockets N    instead of the workload's
  --rate N       deliveries per second that are tried first, instead of the workload's
  --out FILE     writes the figures as JSON
  --write        the table goes to docs/peers.md

  CENTRIFUGO_BIN=/path/to/centrifugo brings Centrifugo in.

Example
  npm run peers -- tickwire ws --workload idle
`;

/** @throws CommandLineError that says what to change */
export function parsePeersArguments(args: readonly string[], known: readonly string[]): PeersOptions {
  const { values, positionals } = readCommandLine(args, {
    workload: { type: 'string', default: 'fast-tape' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    sockets: { type: 'string' },
    rate: { type: 'string' },
    out: { type: 'string' },
    write: { type: 'boolean', default: false },
  });
  const strangers = positionals.filter((name) => !known.includes(name));
  if (strangers.length > 0)
    throw new CommandLineError(`${strangers.join(', ')}: no such peer; there are ${known.join(', ')}`);
  if (!Object.hasOwn(workloads, values.workload))
    throw new CommandLineError(
      `--workload ${values.workload}: must be one of ${Object.keys(workloads).join(', ')}`,
    );
  const workload: Workload = workloads[values.workload as WorkloadName];
  const sockets =
    values.sockets === undefined ? workload.sockets : wholeNumber('--sockets', values.sockets, 1, 100_000);
  const rate =
    values.rate === undefined
      ? workload.deliveriesPerSecond
      : wholeNumber('--rate', values.rate, 1, 10_000_000);
  return {
    names: positionals,
    workload: { ...workload, sockets, deliveriesPerSecond: rate },
    seconds: wholeNumber('--seconds', values.seconds, 1, 600),
    rounds: wholeNumber('--rounds', values.rounds, 1, 20),
    out: values.out,
    write: values.write,
  };
}
