import { codecs, type WireFormat } from '#protocol/codec.ts';
import { isHubMessageType, parseHubMessage } from '#protocol/hub-message.ts';
import type { HubMessage, PriceUpdate, Rejection } from '#protocol/messages.ts';
import type { Dialect, SocketSink } from './dialect.ts';
import { readJsonUpdates } from './read-json-updates.ts';
import { readMsgpackUpdates } from './read-msgpack-updates.ts';
import { keyOfText } from './symbol-key.ts';

/** Tickwire's own wire contract. @param options `format`: `msgpack` or `json` */
export function createDialect(options: Readonly<Record<string, unknown>>): Dialect {
  return createTickwireDialect(options.format === 'json' ? 'json' : 'msgpack');
}

/** Tickwire's own wire contract in one of its formats. */
export function createTickwireDialect(format: WireFormat): Dialect {
  const codec = codecs[format];
  const readFast = format === 'json' ? readJsonUpdates : readMsgpackUpdates;
  return {
    path: '/ws',
    subprotocol: codec.subprotocol,
    historyBegins: 'told-position',
    opened: (sink) => sink.send(codec.encodeForClient(subscription(sink.symbols, sink))),
    askAgain: (symbols, sink) => sink.send(codec.encodeForClient(subscription(symbols, sink))),
    read(bytes, start, end, sink) {
      const outcome = readFast(bytes, start, end, sink);
      if (outcome === 'read') return;
      const decoded = outcome === 'broken' ? undefined : codec.decode(bytes.subarray(start, end));
      const message = decoded?.ok === true ? parseHubMessage(decoded.value) : undefined;
      if (message !== undefined) tell(message, sink);
      else if (decoded?.ok !== true || !isOfNewerHub(decoded.value))
        sink.problem(`a message of ${end - start} bytes can not be read as ${format}`);
    },
  };
}

function subscription(symbols: readonly string[], sink: SocketSink) {
  const { frequencyMs } = sink;
  const held = symbols.flatMap((symbol) => {
    const position = sink.since(symbol);
    return position === undefined ? [] : [[symbol, position]];
  });
  return {
    type: 'subscribe' as const,
    symbols,
    ...(frequencyMs > 0 && { frequency: frequencyMs }),
    ...(held.length > 0 && { since: Object.fromEntries(held) }),
  };
}

/** A message of a type that is not known here: it is ignored, as clients do. */
function isOfNewerHub(value: unknown): boolean {
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  return typeof type === 'string' && !isHubMessageType(type);
}

function tell(message: HubMessage, sink: SocketSink): void {
  switch (message.type) {
    case 'price_update':
      for (const [symbol, update] of Object.entries(message.data)) tellUpdate(symbol, update, sink);
      return;
    case 'subscribed':
      for (const [symbol, answer] of Object.entries(message.symbols)) sink.subscribedTo(symbol, answer);
      tellRejected(message.rejected ?? [], sink);
      return;
    case 'reset':
      sink.reset(message.symbol, message.reason, message.position);
      return;
    case 'error':
      // What is unavailable is among the rejected too, and asked for again.
      if (message.code !== 'unavailable') sink.problem(`the hub says ${message.code}: ${message.message}`);
      return;
    default: // welcome, pong, heartbeat, goodbye and what is new: nothing to count
  }
}

function tellUpdate(symbol: string, update: PriceUpdate, sink: SocketSink): void {
  const { seq, from = seq, received = 0, snapshot = false } = update;
  sink.update(keyOfText(symbol), from, seq, received, snapshot);
}

function tellRejected(rejected: readonly Rejection[], sink: SocketSink): void {
  const unavailable: string[] = [];
  for (const { symbol, code, message } of rejected)
    if (code === 'unavailable') unavailable.push(symbol);
    else sink.problem(`${symbol}: ${message}`);
  if (unavailable.length > 0) sink.refused(unavailable);
  else sink.subscribed();
}
