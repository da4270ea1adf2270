import { anyText, oneOf, wholeNumber } from '#runtime/command-line/declare.ts';
import type { Asked } from '#runtime/command-line/read.ts';
import { type Workload, type WorkloadName, workloads } from './workload.ts';

/** What `npm run peers` was asked for. */
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

const workloadNames = Object.keys(workloads) as WorkloadName[];

/** @param known names of all peers */
export function peersCommandLine(known: readonly string[]) {
  const rate = 'deliveries per second that are tried first, in place of those of the workload';
  return {
    command: 'npm run peers',
    about: 'Drives Tickwire and other hubs with the same sockets, in turn, and prints what each takes.',
    names: {
      value: 'PEER',
      about: 'the first one is what the others are compared with; those of the workload when none is named',
      each: oneOf(known),
    },
    options: {
      workload: {
        value: 'W',
        about: 'what they are asked to do',
        schema: oneOf(workloadNames).default('fast-tape'),
      },
      seconds: { value: 'N', about: 'timed part of a run', schema: wholeNumber(1, 600).default(5) },
      rounds: { value: 'N', about: 'measured runs of each peer', schema: wholeNumber(1, 20).default(2) },
      sockets: {
        value: 'N',
        about: 'in place of those of the workload',
        schema: wholeNumber(1, 100_000).optional(),
      },
      rate: { value: 'N', about: rate, schema: wholeNumber(1, 10_000_000).optional() },
      out: { value: 'FILE', about: 'writes the figures as JSON', schema: anyText().optional() },
      write: { about: 'the table goes to docs/peers.md' },
    },
    notes: [
      'Two rounds of any workload take about 6 minutes. CENTRIFUGO_BIN=/path/to/centrifugo brings Centrifugo in.',
    ],
    examples: ['npm run peers -- tickwire ws --workload idle'],
  } as const;
}

/** The options that parsed arguments stand for; sockets and rate are the workload's unless told. */
export function peersOptions({ names, options }: Asked<ReturnType<typeof peersCommandLine>>): PeersOptions {
  const { seconds, rounds, out, write } = options;
  const workload = workloads[options.workload];
  const { sockets = workload.sockets, rate = workload.deliveriesPerSecond } = options;
  return {
    names,
    workload: { ...workload, sockets, deliveriesPerSecond: rate },
    seconds,
    rounds,
    out,
    write,
  };
}
