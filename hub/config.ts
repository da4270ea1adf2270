import { type ConfigOf, choiceKey, flagKey, integerKey, textKey } from '#runtime/config/config.ts';
import { authKeys } from './auth/config.ts';
import { edgeKeys } from './edge-config.ts';
import type { HubLimits } from './hub-limits.ts';
import type { ListenerLimits } from './listener/listener.ts';
import { nodeKeys } from './nodes/config.ts';

/** Environment of the hub. */
export const hubKeys = {
  ...authKeys,
  ...edgeKeys,
  ...nodeKeys,
  host: textKey('TICKWIRE_HOST', {
    fallback: '127.0.0.1',
    pattern: /^[0-9a-zA-Z.:-]+$/,
    range: 'an IP address or host name',
    about: 'Address on which sockets and HTTP are served',
  }),
  port: integerKey('TICKWIRE_PORT', {
    fallback: 8080,
    min: 0,
    max: 65_535,
    unit: 'port',
    about: 'Port on which sockets and HTTP are served; 0 = any free one',
  }),
  listener: choiceKey('TICKWIRE_LISTENER', ['auto', 'uws', 'node'], {
    fallback: 'auto',
    about:
      "What serves the port: `uws` is uWebSockets.js, `node` Node's own server, slower; `auto` takes uWebSockets.js " +
      'where it loads',
  }),
  sharePort: flagKey('TICKWIRE_SHARE_PORT', {
    fallback: false,
    about: 'Let several hub processes share the port (Linux, SO_REUSEPORT)',
  }),
  flushMs: integerKey('TICKWIRE_FLUSH_MS', {
    fallback: 25,
    min: 1,
    max: 1000,
    unit: 'ms',
    about:
      'How long updates are gathered at the most before they are sent, while the hub keeps up; ' +
      'a quiet hub sends at once; more = less CPU under load, later updates',
  }),
  heartbeatMs: integerKey('TICKWIRE_HEARTBEAT_MS', {
    fallback: 15_000,
    min: 100,
    max: 300_000,
    unit: 'ms',
    about: 'A client hears something at least this often',
  }),
  symbolsMax: integerKey('TICKWIRE_SYMBOLS_PER_SOCKET', {
    fallback: 1024,
    min: 1,
    max: 100_000,
    unit: 'symbols',
    about: 'Symbols that one socket may hold',
  }),
  messageBytesMax: integerKey('TICKWIRE_MESSAGE_BYTES', {
    fallback: 65_536,
    min: 256,
    max: 1_048_576,
    unit: 'bytes',
    about: 'Size of one message from a client',
  }),
  messagesPerSecond: integerKey('TICKWIRE_MESSAGES_PER_SECOND', {
    fallback: 20,
    min: 1,
    max: 10_000,
    unit: 'messages per second',
    about: 'Messages that one client may send',
  }),
  socketsMax: integerKey('TICKWIRE_SOCKETS', {
    fallback: 18_000,
    min: 1,
    max: 1_000_000,
    unit: 'sockets',
    about: 'Sockets of this process; keep it below its file limit',
  }),
  socketsPerAddressMax: integerKey('TICKWIRE_SOCKETS_PER_ADDRESS', {
    fallback: 18_000,
    min: 1,
    max: 1_000_000,
    unit: 'sockets',
    about: 'Sockets of one network address; behind a proxy all clients have its address',
  }),
  socketBufferBytes: integerKey('TICKWIRE_SOCKET_BUFFER_BYTES', {
    fallback: 262_144,
    min: 16_384,
    max: 16_777_216,
    unit: 'bytes',
    about: 'Bytes that may wait for a client before it counts as slow',
  }),
  slowPatienceMs: integerKey('TICKWIRE_SLOW_PATIENCE_MS', {
    fallback: 5000,
    min: 250,
    max: 600_000,
    unit: 'ms',
    about:
      'A slow client that has not caught up after so long gets snapshots only, and is closed after three ' +
      'times as long; one that reads without delay for so long gets more again',
  }),
  feedEntriesMax: integerKey('TICKWIRE_TAIL_ENTRIES', {
    fallback: 32,
    min: 1,
    max: 10_000,
    unit: 'updates',
    about: 'Newest updates of each symbol that stay in memory for resumes',
  }),
  drainWindowMs: integerKey('TICKWIRE_DRAIN_MS', {
    fallback: 10_000,
    min: 0,
    max: 600_000,
    unit: 'ms',
    about: 'Time over which the reconnects of clients are spread at shutdown',
  }),
} as const;

export type HubConfig = ConfigOf<typeof hubKeys>;

/** Those that can be configured, picked by name: the other keys hold secrets, which are no part's but who needs them. */
function configuredLimits(config: HubConfig) {
  const { authenticateWithinMs, connectionsPerSecond, drainWindowMs, feedEntriesMax, flushMs, heartbeatMs } =
    config;
  const { messageBytesMax, messagesPerSecond, socketBufferBytes, socketsMax, socketsPerAddressMax } = config;
  const { symbolsMax, ticketMs } = config;
  return {
    ...{ authenticateWithinMs, connectionsPerSecond, drainWindowMs, feedEntriesMax, flushMs, heartbeatMs },
    ...{ messageBytesMax, messagesPerSecond, socketBufferBytes, socketsMax, socketsPerAddressMax },
    ...{ symbolsMax, ticketMs },
  };
}

/** The limits of a hub: those that can be configured, and the others with their measured defaults. */
export function hubLimits(config: HubConfig): HubLimits & ListenerLimits {
  const { slowPatienceMs } = config;
  return {
    ...configuredLimits(config),
    requestsWaitingMax: 64,
    malformedMax: 32,
    earlyBytesMax: 9216,
    heldBytesMax: 2 * config.messageBytesMax,
    heldMessagesMax: 256,
    refusedMax: 1000,
    subscribeTimeoutMs: 5000,
    pageEntriesMax: 500,
    arrivalsMax: 10_000,
    replayHoldMs: 10_000,
    replayHoldMaxMs: 120_000,
    lingerMs: 30_000,
    historyReadsMax: 64,
    delayMinuteMs: 60_000,
    delayedEntriesMax: 32,
    delayedRetryMs: 1000,
    delayedLookMs: 250,
    batchItemsMax: 500,
    batchesMax: 2,
    replayBufferBytes: 65_536,
    replayVisitUpdatesMax: 500,
    replayTime: { atLeastMs: 10, share: 0.3, atMostMs: 50 },
    replayStartTime: { atLeastMs: 10, share: 0.4, atMostMs: 50 },
    requestTime: { atLeastMs: 10, share: 0.4, atMostMs: 50 },
    relievedBytes: 16_384,
    roundBytes: 65_536,
    conflatedIntervalMs: 1000,
    conflatedPatienceMs: slowPatienceMs,
    snapshotIntervalMs: slowPatienceMs,
    snapshotPatienceMs: 3 * slowPatienceMs,
    calmMs: slowPatienceMs,
    frameBytesMax: config.messageBytesMax + 16_384,
    unauthenticatedSocketsMax: 2048,
    httpConnectionsMax: 1500,
    silentPerAddressMax: 1024,
    idleTimeoutSeconds: 60,
    bodyBytesMax: 16_384,
    bodyTimeoutMs: 10_000,
    handOverMs: 2000,
    catalogueRefreshMs: 1000,
    catalogueKeepMs: 30_000,
    staleAfterMs: 1000,
    sourceStaleAfterMs: 3000,
    staleLookMs: 250,
    sweepMs: 1000,
    expiryNoticeMs: 60_000,
    gateMs: 500,
    failureLogMs: 1000,
    refusedLogMs: 10_000,
    rateAddressesMax: 50_000,
    nodesRefreshMs: 500,
    certificateCheckMs: 10_000,
    olderCertificatesMax: 4,
    slowConsumerTime: { atLeastMs: 5, share: 0.1, atMostMs: 10 },
    slowConsumerMs: 50,
    turnMs: 10,
    loadSampleMs: 50,
  };
}
