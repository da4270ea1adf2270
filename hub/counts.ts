import type { WireFormat } from '#protocol/codec.ts';
import { type FrequencyClassMs, frequencyClassesMs } from '#protocol/frequency.ts';
import type { ErrorCode, ResetReason, StaleReason } from '#protocol/messages.ts';

/** The states of `subscriber-state.ts` in which a client reads too slowly. */
export type SlowState = 'conflated' | 'snapshot_only';

type PerFormatAndClass = Record<WireFormat, Record<FrequencyClassMs, number>>;

/**
 * What the hub has done since it started, as plain numbers that the data plane adds to and the metrics
 * read when they are scraped (a labelled prom-client counter costs 0.3 µs a call, this costs nothing).
 */
export interface HubCounts {
  updatesReceived: number;
  /** Updates received that were already there. */
  duplicates: number;
  /** Updates of a symbol, once for each subscription of every update that wants it just then: what should be delivered. */
  expected: number;
  /** Updates handed to sockets, one for each socket, by topic or directly. */
  readonly delivered: PerFormatAndClass;
  readonly catchUps: Record<'hole' | 'interrupted', number>;
  /** Times that a symbol's group or a single socket was told of a loss. */
  readonly resets: Record<ResetReason, number>;
  /** Sockets that uWebSockets began to drop frames for. */
  overflowed: number;
  /** Sockets per level of `slow-consumers.ts`, those on the first level not counted. */
  readonly slow: Record<SlowState, number>;
  slowDisconnects: number;
  /** Times that the work for one socket failed, which closed it. */
  sessionFailures: number;
  /** HTTP requests and handshakes answered with 500. */
  requestFailures: number;
  historyReads: number;
  historyEntries: number;
  historyFailures: number;
  /** Of these, reads of one symbol's history that is not ours, and that no waiting mends. */
  historyUnreadable: number;
  /** Times that the replay buffer no longer held what delayed clients had yet to get. */
  delayedHistoryShort: number;
  readonly clientErrors: Partial<Record<ErrorCode, number>>;
  readonly refusedSockets: Record<
    | 'node_limit'
    | 'address_limit'
    | 'address_rate'
    | 'unauthenticated_limit'
    | 'origin'
    | 'draining'
    | 'subprotocol'
    | 'handshake',
    number
  >;
  /** Connections that were ended before they asked for anything. */
  readonly refusedConnections: Record<'node_limit' | 'address_limit' | 'address_rate', number>;
  /** Why prices are stale just now, and of how many sources. */
  readonly stale: Record<StaleReason, number>;
  /** What became of tokens; `late`: none came in time, `expired`: it was not refreshed. */
  readonly authentications: Record<
    | 'accepted'
    | 'refreshed'
    | 'invalid_token'
    | 'invalid_ticket'
    | 'token_expired'
    | 'unavailable'
    | 'user_sockets'
    | 'late'
    | 'expired',
    number
  >;
  /** Registered hubs that name sockets at hosts which are not configured, as of the last look. */
  strangeHubs: number;
  sockets: number;
  subscriptions: number;
}

export function createHubCounts(): HubCounts {
  return {
    updatesReceived: 0,
    duplicates: 0,
    expected: 0,
    delivered: { json: perClass(), msgpack: perClass() },
    catchUps: { hole: 0, interrupted: 0 },
    resets: { history_trimmed: 0, epoch_changed: 0, slow_consumer: 0, history_unavailable: 0 },
    overflowed: 0,
    slow: { conflated: 0, snapshot_only: 0 },
    slowDisconnects: 0,
    sessionFailures: 0,
    requestFailures: 0,
    historyReads: 0,
    historyEntries: 0,
    historyFailures: 0,
    historyUnreadable: 0,
    delayedHistoryShort: 0,
    clientErrors: {},
    refusedConnections: { node_limit: 0, address_limit: 0, address_rate: 0 },
    refusedSockets: {
      unauthenticated_limit: 0,
      ...{ node_limit: 0, address_limit: 0, address_rate: 0 },
      ...{ origin: 0, draining: 0, subprotocol: 0, handshake: 0 },
    },
    stale: { fanout_unavailable: 0, source_stale: 0 },
    authentications: {
      ...{ accepted: 0, refreshed: 0, late: 0, expired: 0 },
      ...{ invalid_token: 0, invalid_ticket: 0, token_expired: 0, unavailable: 0, user_sockets: 0 },
    },
    strangeHubs: 0,
    sockets: 0,
    subscriptions: 0,
  };
}

function perClass(): Record<FrequencyClassMs, number> {
  return Object.fromEntries(frequencyClassesMs.map((classMs) => [classMs, 0])) as Record<
    FrequencyClassMs,
    number
  >;
}
