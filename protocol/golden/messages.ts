import type { ClientMessage, HubMessage } from '../messages.ts';

/**
 * Every message of the contract at its least and at its fullest, by name. `golden.test.ts` holds them to
 * the frames in `frames.json`. The order of the fields is part of the frames.
 */
export const goldenMessages: Readonly<Record<string, ClientMessage | HubMessage>> = {
  subscribe: { type: 'subscribe', symbols: ['AAPL'] },
  subscribe_full: {
    type: 'subscribe',
    symbols: ['AAPL', 'BRK.B'],
    id: 7,
    frequency: 5000,
    since: { AAPL: '1731000000000-41' },
  },
  unsubscribe: { type: 'unsubscribe', symbols: ['AAPL'], id: 'eight' },
  ping: { type: 'ping' },
  ping_full: { type: 'ping', id: 9 },
  welcome: {
    type: 'welcome',
    session: 's-1',
    node: 'hub-0',
    heartbeat_ms: 15_000,
    limits: { symbols: 1024, message_bytes: 65_536, messages_per_second: 20 },
  },
  subscribed: { type: 'subscribed', symbols: {} },
  subscribed_full: {
    type: 'subscribed',
    id: 7,
    symbols: {
      AAPL: { position: '1731000000000-45', recovered: true },
      TSLA: { position: '1731000000000-9', recovered: false },
      NEW: {},
    },
    frequency: 5000,
    rejected: [{ symbol: 'XYZ', code: 'unknown_symbol', message: 'Invalid stock symbol: XYZ' }],
  },
  price_update: {
    type: 'price_update',
    data: { AAPL: { price: 150.23, timestamp: '2024-09-14T12:34:56.789Z', seq: 45 } },
  },
  price_update_full: {
    type: 'price_update',
    data: {
      'EUR/USD': {
        price: 1.1,
        timestamp: '2024-09-14T12:34:56.789Z',
        seq: 4_294_967_296,
        size: 0.5,
        bid: 1.09,
        ask: 1.11,
        volume: 1_000_000,
        halted: true,
        suspect: true,
        received: 1_726_317_296_800,
        stale: true,
        from: 40,
        high: 2,
        low: -0.25,
        snapshot: true,
      },
      TSLA: { price: 742.56, timestamp: '2024-09-14T12:34:56.789Z', seq: 9 },
    },
  },
  reset: { type: 'reset', symbol: 'AAPL', reason: 'epoch_changed' },
  reset_full: { type: 'reset', symbol: 'AAPL', reason: 'history_trimmed', position: '1731000000000-60' },
  error: { type: 'error', code: 'bad_message', message: 'a message is an object with a "type"' },
  error_full: {
    type: 'error',
    code: 'unknown_symbol',
    message: 'Invalid stock symbol: é😀',
    symbol: 'é😀',
    id: 7,
  },
  unsubscribed: { type: 'unsubscribed', symbols: [] },
  unsubscribed_full: { type: 'unsubscribed', id: 'eight', symbols: ['AAPL'] },
  pong: { type: 'pong' },
  pong_full: { type: 'pong', id: 9 },
  heartbeat: { type: 'heartbeat', time: '2024-09-14T12:34:56.789Z' },
  goodbye: { type: 'goodbye', reason: 'drain', reconnect_after_ms: 1840 },
  stale: { type: 'stale', reason: 'fanout_unavailable', since: '2024-09-14T12:34:56.789Z' },
  stale_full: {
    type: 'stale',
    reason: 'source_stale',
    source: 'coinbase',
    since: '2024-09-14T12:34:56.789Z',
    symbols: ['BTC-USD', 'ETH-USD'],
  },
  fresh: { type: 'fresh', reason: 'fanout_unavailable' },
  fresh_full: { type: 'fresh', reason: 'source_stale', source: 'coinbase' },
};
