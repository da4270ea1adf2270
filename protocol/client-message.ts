import { frequencyMaxMs } from './frequency.ts';
import type {
  AuthenticateMessage,
  ClientMessage,
  ErrorCode,
  RequestId,
  SubscribeMessage,
  UnsubscribeMessage,
} from './messages.ts';
import { isWholeText, wholeText } from './whole-text.ts';

const knownTypes = 'subscribe, unsubscribe, ping or authenticate';

/** The message, or which error to answer it with. */
export type ParsedClientMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly code: ErrorCode; readonly problem: string; readonly id?: RequestId };

/**
 * A client's message from a decoded frame. Never throws; unknown fields are ignored, and an optional
 * field that is null counts as absent (some languages can not leave it out).
 */
export function parseClientMessage(value: unknown): ParsedClientMessage {
  if (!isRecord(value)) return refuse('a message is an object with a "type"', undefined);
  const id = parseId(value.id);
  if (value.id !== undefined && value.id !== null && id === undefined)
    return refuse(
      '"id" must be an integer, or a string of at most 64 characters without half a surrogate pair',
      undefined,
    );
  switch (value.type) {
    case 'subscribe':
      return parseSubscribe(value, id);
    case 'unsubscribe':
      return parseUnsubscribe(value, id);
    case 'ping':
      return { ok: true, message: { type: 'ping', ...(id !== undefined && { id }) } };
    case 'authenticate':
      return parseAuthenticate(value, id);
    default:
      return refuseType(value.type, id);
  }
}

function parseSubscribe(value: Record<string, unknown>, id: RequestId | undefined): ParsedClientMessage {
  const { symbols, frequency, since } = value;
  if (!Array.isArray(symbols) || symbols.length === 0)
    return refuse('"symbols" must be a list with at least one symbol, e.g. ["AAPL"]', id);
  if (frequency !== undefined && frequency !== null && !isFrequency(frequency))
    return refuse(`"frequency" must be milliseconds from 0 to ${frequencyMaxMs}`, id);
  if (since !== undefined && since !== null && !isRecord(since))
    return refuse('"since" must be an object of positions by symbol, e.g. {"AAPL":"1731000000000-41"}', id);
  const message: SubscribeMessage = {
    type: 'subscribe',
    symbols,
    ...(id !== undefined && { id }),
    ...(isFrequency(frequency) && frequency > 0 && { frequency }),
    ...(isRecord(since) && { since: withoutPrototype(since) }),
  };
  return { ok: true, message };
}

function parseUnsubscribe(value: Record<string, unknown>, id: RequestId | undefined): ParsedClientMessage {
  if (!Array.isArray(value.symbols) || value.symbols.length === 0)
    return refuse('"symbols" must be a list with at least one symbol, e.g. ["AAPL"]', id);
  const message: UnsubscribeMessage = {
    type: 'unsubscribe',
    symbols: value.symbols,
    ...(id !== undefined && { id }),
  };
  return { ok: true, message };
}

function parseAuthenticate(value: Record<string, unknown>, id: RequestId | undefined): ParsedClientMessage {
  const { token } = value;
  if (typeof token !== 'string' || token === '') return refuse('"token" must be a JWT, as text', id);
  const message: AuthenticateMessage = { type: 'authenticate', token, ...(id !== undefined && { id }) };
  return { ok: true, message };
}

function refuseType(type: unknown, id: RequestId | undefined): ParsedClientMessage {
  if (typeof type !== 'string') return refuse(`a message needs a "type": ${knownTypes}`, id);
  const problem = `Unknown message type "${wholeText(type, 32)}", ignored; known: ${knownTypes}`;
  return { ok: false, code: 'unknown_type', problem, ...(id !== undefined && { id }) };
}

function refuse(problem: string, id: RequestId | undefined): ParsedClientMessage {
  return { ok: false, code: 'bad_message', problem, ...(id !== undefined && { id }) };
}

function parseId(value: unknown): RequestId | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  return typeof value === 'string' && value.length <= 64 && isWholeText(value) ? value : undefined;
}

function isFrequency(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= frequencyMaxMs;
}

/** The same fields, and no others: `since.constructor` is what the client sent for the symbol "constructor". */
function withoutPrototype(record: Record<string, unknown>): Record<string, unknown> {
  return Object.assign(Object.create(null), record);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
