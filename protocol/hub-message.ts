import type {
  AuthenticatedMessage,
  ErrorCode,
  ErrorMessage,
  FreshMessage,
  GoodbyeMessage,
  HubMessage,
  Limits,
  PriceUpdate,
  PriceUpdateMessage,
  Rejection,
  RequestId,
  ResetMessage,
  StaleMessage,
  StaleReason,
  SubscribedMessage,
  SubscribedSymbol,
  TokenExpiringMessage,
  UnsubscribedMessage,
  WelcomeMessage,
} from './messages.ts';
import { errorCodes, rejectionCodes, resetReasons, staleReasons, unsubscribeReasons } from './messages.ts';

type Fields = Readonly<Record<string, unknown>>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The readers of all types that a hub sends; each returns undefined for a malformed message. */
const readers: Readonly<Record<HubMessage['type'], (fields: Fields) => HubMessage | undefined>> = {
  welcome: readWelcome,
  subscribed: readSubscribed,
  price_update: readPriceUpdates,
  reset: readReset,
  error: readError,
  unsubscribed: readUnsubscribed,
  pong: (fields) => ({ type: 'pong', ...readId(fields) }),
  heartbeat: ({ time }) => (typeof time === 'string' ? { type: 'heartbeat', time } : undefined),
  goodbye: readGoodbye,
  stale: readStale,
  fresh: (fields) => ({ type: 'fresh', ...readCause(fields) }),
  authenticated: readAuthenticated,
  token_expiring: readTokenExpiring,
};

/**
 * A hub's message from a decoded frame; undefined when its type is unknown or it is malformed. Never throws;
 * unknown fields are left out, and an optional field that is null or of another type counts as absent.
 */
export function parseHubMessage(value: unknown): HubMessage | undefined {
  return isFields(value) && isHubMessageType(value.type) ? readers[value.type](value) : undefined;
}

/** Whether `type` is one that a hub sends; a message of another type comes from a newer hub and is ignored. */
export function isHubMessageType(type: unknown): type is HubMessage['type'] {
  return typeof type === 'string' && Object.hasOwn(readers, type);
}

function readWelcome(fields: Fields): WelcomeMessage | undefined {
  const { session, node, heartbeat_ms, limits, authenticate_within_ms } = fields;
  const read = readLimits(limits);
  if (typeof session !== 'string' || typeof node !== 'string' || read === undefined) return undefined;
  if (!isAbove0(heartbeat_ms)) return undefined;
  const wantsToken = isAbove0(authenticate_within_ms) && { authenticate_within_ms };
  return { type: 'welcome', session, node, heartbeat_ms, limits: read, ...wantsToken };
}

function readLimits(value: unknown): Limits | undefined {
  if (!isFields(value)) return undefined;
  const { symbols, message_bytes, messages_per_second } = value;
  if (!isAbove0(symbols) || !isAbove0(message_bytes) || !isAbove0(messages_per_second)) return undefined;
  return { symbols, message_bytes, messages_per_second };
}

function readSubscribed(fields: Fields): SubscribedMessage | undefined {
  const { symbols, frequency, delayed_minutes, rejected } = fields;
  if (!isFields(symbols)) return undefined;
  const answers = Object.entries(symbols).map(([symbol, value]) => [symbol, readAnswer(value)] as const);
  return {
    type: 'subscribed',
    ...readId(fields),
    symbols: Object.fromEntries(answers),
    ...(isAbove0(frequency) && { frequency }),
    ...(isAbove0(delayed_minutes) && { delayed_minutes }),
    ...(Array.isArray(rejected) && { rejected: rejected.flatMap(readRejection) }),
  };
}

function readAnswer(value: unknown): SubscribedSymbol {
  if (!isFields(value)) return {};
  const { position, recovered, begins } = value;
  return {
    ...(typeof position === 'string' && { position }),
    ...(typeof recovered === 'boolean' && { recovered }),
    ...(begins === true && { begins }),
  };
}

/** A code that is newer than this reader is read as `unavailable`: the one that promises least. */
function readRejection(value: unknown): Rejection[] {
  if (!isFields(value) || typeof value.symbol !== 'string') return [];
  const code = rejectionCodes.find((known) => known === value.code) ?? 'unavailable';
  return [{ symbol: value.symbol, code, message: textOr(value.message, code) }];
}

function readPriceUpdates({ data }: Fields): PriceUpdateMessage | undefined {
  if (!isFields(data)) return undefined;
  const updates: [string, PriceUpdate][] = [];
  for (const [symbol, value] of Object.entries(data)) {
    const update = readUpdate(value);
    if (update === undefined) return undefined;
    updates.push([symbol, update]);
  }
  return { type: 'price_update', data: Object.fromEntries(updates) };
}

const numberFields = ['size', 'bid', 'ask', 'volume', 'high', 'low', 'received'] as const;
const flagFields = ['snapshot', 'stale', 'halted', 'suspect', 'delayed'] as const;

function readUpdate(value: unknown): PriceUpdate | undefined {
  if (!isFields(value)) return undefined;
  const { price, timestamp, seq, from } = value;
  if (typeof price !== 'number' || typeof timestamp !== 'string' || !isSequence(seq)) return undefined;
  const update: Mutable<PriceUpdate> = { price, timestamp, seq };
  if (from !== undefined && from !== null) {
    if (!isSequence(from) || from > seq) return undefined; // a guess would hide a gap
    update.from = from;
  }
  for (const name of numberFields) {
    const field = value[name];
    if (typeof field === 'number') update[name] = field;
  }
  for (const name of flagFields) if (value[name] === true) update[name] = true;
  return update;
}

/** A reason that is newer than this reader still tells of a loss, so it must not be ignored. */
function readReset({ symbol, reason, position }: Fields): ResetMessage | undefined {
  if (typeof symbol !== 'string') return undefined;
  const known = resetReasons.find((candidate) => candidate === reason) ?? 'history_unavailable';
  return { type: 'reset', symbol, reason: known, ...(typeof position === 'string' && { position }) };
}

function readError(fields: Fields): ErrorMessage {
  const { symbol } = fields;
  const code: ErrorCode = errorCodes.find((known) => known === fields.code) ?? 'bad_message';
  const message = textOr(fields.message, code);
  return { type: 'error', code, message, ...(typeof symbol === 'string' && { symbol }), ...readId(fields) };
}

/** A reason that is newer than this reader still tells that the client did not ask for it. */
function readUnsubscribed(fields: Fields): UnsubscribedMessage | undefined {
  const { symbols, reason } = fields;
  if (!isTextList(symbols)) return undefined;
  const known = unsubscribeReasons.find((candidate) => candidate === reason) ?? 'not_entitled';
  return {
    type: 'unsubscribed',
    ...readId(fields),
    symbols,
    ...(typeof reason === 'string' && { reason: known }),
  };
}

function readAuthenticated(fields: Fields): AuthenticatedMessage {
  const { expires_at } = fields;
  return { type: 'authenticated', ...readId(fields), ...(typeof expires_at === 'string' && { expires_at }) };
}

function readTokenExpiring({ expires_at, expires_in_ms }: Fields): TokenExpiringMessage | undefined {
  if (typeof expires_at !== 'string' || typeof expires_in_ms !== 'number') return undefined;
  return { type: 'token_expiring', expires_at, expires_in_ms };
}

/** Whatever the hub's reason is, the client goes elsewhere. */
function readGoodbye({ reconnect_after_ms }: Fields): GoodbyeMessage {
  return {
    type: 'goodbye',
    reason: 'drain',
    reconnect_after_ms: isAbove0(reconnect_after_ms) ? reconnect_after_ms : 0,
  };
}

function readStale(fields: Fields): StaleMessage | undefined {
  const { since, symbols } = fields;
  if (typeof since !== 'string') return undefined;
  return { type: 'stale', ...readCause(fields), since, ...(isTextList(symbols) && { symbols }) };
}

/** A reason that is newer than this reader still tells that prices stand still, or move again. */
function readCause({ reason, source }: Fields): Pick<FreshMessage, 'reason' | 'source'> {
  const known: StaleReason = staleReasons.find((candidate) => candidate === reason) ?? 'source_stale';
  return { reason: known, ...(typeof source === 'string' && { source }) };
}

function readId({ id }: Fields): { readonly id?: RequestId } {
  return typeof id === 'string' || typeof id === 'number' ? { id } : {};
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isSequence(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isAbove0(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
