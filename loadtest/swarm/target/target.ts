import type { DialectName } from '#loadtest/swarm/dialect/dialect.ts';
import type { Endpoint } from './endpoint.ts';

/** A process whose CPU and memory are measured. */
export interface MeasuredProcess {
  /** e.g. `hub 1` */
  readonly name: string;
  readonly kind: 'hub' | 'redis' | 'feed' | 'swarm';
  readonly pid: number;
}

/** What the swarm is pointed at; peers and benches make their own. */
export interface Target {
  readonly endpoints: readonly Endpoint[];
  readonly dialect: DialectName;
  /** Symbols that sockets may choose from. */
  readonly catalogue: readonly string[];
  /** Updates per second and symbol that are published, evenly; undefined when they are not known. */
  readonly updatesPerSymbol: number | undefined;
  /** Whose CPU and memory are measured. */
  readonly processes: readonly MeasuredProcess[];
  /** Resolves with words when one of them ends without being asked to. */
  readonly died: Promise<string>;
  /** Nothing new is published from here on; nothing happens where the feed is not ours. */
  stopFeed(): Promise<void>;
  stop(): Promise<void>;
}

/** Tickwire's own wire contract. */
export function tickwireDialect(format: 'msgpack' | 'json'): DialectName {
  return { module: new URL('../dialect/tickwire-dialect.ts', import.meta.url).href, options: { format } };
}
