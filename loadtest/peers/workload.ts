/** What all peers of a sitting have to do. */
export interface Workload {
  readonly name: string;
  readonly sockets: number;
  readonly symbolsPerSocket: number;
  readonly symbols: number;
  /** Deliveries per second that are tried first; 0 = nothing is published, memory is measured. */
  readonly deliveriesPerSecond: number;
  /** Frequency class of those who can conflate, ms; 0 = every update. */
  readonly frequencyMs: number;
  /** Compared when none is named; 15,000 sockets take so long to open that there are fewer. */
  readonly peers?: readonly string[];
}

const fewer = ['tickwire', 'uws', 'uws-redis', 'centrifugo', 'centrifugo-tuned'];

/** The loads that peers are measured under, by name. */
export const workloads = {
  /** Few sockets that each want much. */
  'fast-tape': {
    name: 'fast-tape',
    sockets: 1000,
    symbolsPerSocket: 50,
    symbols: 1000,
    deliveriesPerSecond: 500_000,
    frequencyMs: 0,
  },
  /** Many sockets that each want little: one update per second and socket. */
  headline: {
    name: 'headline',
    sockets: 15_000,
    symbolsPerSocket: 5,
    symbols: 50_000,
    deliveriesPerSecond: 15_000,
    frequencyMs: 0,
    peers: fewer,
  },
  /** The same, with one update per symbol and 5 s; who can not conflate sends all, which is as many here. */
  conflated: {
    name: 'conflated',
    sockets: 15_000,
    symbolsPerSocket: 5,
    symbols: 50_000,
    deliveriesPerSecond: 15_000,
    frequencyMs: 5000,
    peers: fewer,
  },
  idle: {
    name: 'idle',
    sockets: 15_000,
    symbolsPerSocket: 5,
    symbols: 1000,
    deliveriesPerSecond: 0,
    frequencyMs: 0,
  },
} as const satisfies Record<string, Workload>;

/** Name of one of the workloads. */
export type WorkloadName = keyof typeof workloads;

/**
 * The symbols that each socket wants, as indexes, one socket after the other. A socket's are spread evenly over
 * all, and each symbol has as many sockets as any other, give or take one.
 */
export function choicesOf({ sockets, symbolsPerSocket, symbols }: Workload): Int32Array {
  const choices = new Int32Array(sockets * symbolsPerSocket);
  const stride = Math.floor(symbols / symbolsPerSocket);
  for (let socket = 0; socket < sockets; socket++)
    for (let index = 0; index < symbolsPerSocket; index++)
      choices[socket * symbolsPerSocket + index] = (socket + index * stride) % symbols;
  return choices;
}

/** How many sockets want each symbol. */
export function socketsBySymbol(workload: Workload): Int32Array {
  const sockets = new Int32Array(workload.symbols);
  for (const symbol of choicesOf(workload)) sockets[symbol] = (sockets[symbol] as number) + 1;
  return sockets;
}

/** Deliveries of so many updates, published for one symbol after the other. */
export function deliveriesOf(updates: number, sockets: Int32Array): number {
  const rounds = Math.floor(updates / sockets.length);
  let deliveries = 0;
  for (let symbol = 0; symbol < sockets.length; symbol++) {
    const times = rounds + (symbol < updates % sockets.length ? 1 : 0);
    deliveries += times * (sockets[symbol] as number);
  }
  return deliveries;
}

/** Updates per second that make so many deliveries per second. */
export function updatesPerSecondOf(deliveriesPerSecond: number, workload: Workload): number {
  const { sockets, symbolsPerSocket, symbols } = workload;
  return (deliveriesPerSecond * symbols) / (sockets * symbolsPerSocket);
}
