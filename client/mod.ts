/** The public part of the SDK; nothing else in this folder is meant for others. */
export type { Clock } from './clock.ts';
export { type Client, connect } from './connect.ts';
export type { SessionFetch } from './connection/session.ts';
export { type ClientSocket, ClientUsageError, type WebSocketConstructor } from './connection/socket.ts';
export type { TokenSource } from './connection/token.ts';
export type {
  ClientEvents,
  ClientProblem,
  ClientState,
  Delay,
  Fresh,
  ProblemCode,
  Reset,
  Stale,
  StateChange,
} from './events.ts';
export { type ClientLimits, type ConnectOptions, defaultLimits, type SubscribeOptions } from './options.ts';
export { decimalsOf, PriceDecimals, plainNumber } from './price-decimals.ts';
export { ClientStoppedError, type Subscription } from './subscription.ts';
export type { Update } from './update.ts';
