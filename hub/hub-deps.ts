import type { Fanout } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { Edge } from './edge-config.ts';
import type { PageFile } from './http/http-routes.ts';
import type { Listener } from './listener/listener.ts';

/** What a hub works with. */
export interface HubDeps extends Omit<Edge, 'tls'> {
  readonly listener: Listener;
  readonly fanout: Fanout;
  readonly authenticator: Authenticator;
  /** Names the process in `welcome`. */
  readonly node: string;
  readonly log: Logger;
  /** Unix ms. */
  readonly now: () => number;
  /** 0 … 1 */
  readonly random: () => number;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly tracer: Tracer;
  /** Takes the age of an update when it arrives, in ms. */
  readonly observeLatency: (latencyMs: number) => void;
}
