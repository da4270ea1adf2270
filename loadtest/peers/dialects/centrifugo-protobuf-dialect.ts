import type { Dialect, SocketSink } from '#loadtest/swarm/dialect/dialect.ts';
import { readMsgpackUpdates } from '#loadtest/swarm/dialect/read-msgpack-updates.ts';
import { bytesField, delimited, numberField, ProtobufCursor } from './protobuf.ts';

/*
 * Centrifugo's Protobuf protocol (centrifugal.dev/docs/transports/client_protocol, client.proto of
 * centrifugal/protocol). A frame is a row of messages, each behind its length:
 *   Command: 1 id, 4 connect, 5 subscribe {1 channel}
 *   Reply:   1 id, 2 error, 4 push {2 channel, 4 publication {4 data}}; an empty one is a ping
 */
const field = { id: 1, error: 2, connect: 4, subscribe: 5, channel: 1, push: 4, publication: 4, data: 4 };
const nothing = new Uint8Array();

/** Centrifugo tuned: a binary envelope around Tickwire's MessagePack. */
export function createDialect(): Dialect {
  const cursor = new ProtobufCursor();
  return {
    path: '/connection/websocket',
    subprotocol: 'centrifuge-protobuf',
    historyBegins: 'first-update',
    opened: (sink) => sink.send(commands(sink.symbols)),
    read(bytes, start, end, sink) {
      for (let at = start; at < end; ) {
        cursor.at = at;
        const replyEnd = cursor.number(bytes, end) + cursor.at;
        if (replyEnd > end) {
          sink.problem(`a reply of ${replyEnd - at} bytes is cut off after ${end - at}`);
          return;
        }
        readReply(cursor, bytes, replyEnd, sink);
        at = replyEnd;
      }
    },
  };
}

function commands(symbols: readonly string[]): Uint8Array {
  const connect = Buffer.concat([numberField(field.id, 1), bytesField(field.connect, nothing)]);
  const subscriptions = symbols.map((symbol, index) => {
    const channel = bytesField(field.channel, Buffer.from(symbol));
    return Buffer.concat([numberField(field.id, index + 2), bytesField(field.subscribe, channel)]);
  });
  return Buffer.concat([connect, ...subscriptions].map(delimited));
}

function readReply(cursor: ProtobufCursor, bytes: Buffer, end: number, sink: SocketSink): void {
  if (cursor.at === end) {
    sink.send(delimited(nothing));
    return;
  }
  let id = 0;
  while (cursor.next(bytes, end)) {
    const valueEnd = cursor.at + (cursor.isBytes ? cursor.value : 0);
    if (cursor.field === field.id) id = cursor.value;
    else if (cursor.field === field.error)
      sink.problem(`Centrifugo refused: ${bytes.toString('latin1', cursor.at, valueEnd)}`);
    else if (cursor.field === field.push && id === 0) readPush(cursor, bytes, valueEnd, sink);
    cursor.at = valueEnd;
  }
  if (id === sink.symbols.length + 1) sink.subscribed();
}

function readPush(cursor: ProtobufCursor, bytes: Buffer, end: number, sink: SocketSink): void {
  const publicationEnd = find(cursor, bytes, end, field.publication);
  const dataEnd = publicationEnd < 0 ? -1 : find(cursor, bytes, publicationEnd, field.data);
  if (dataEnd < 0) sink.problem('a push without an update');
  else if (readMsgpackUpdates(bytes, cursor.at, dataEnd, sink) !== 'read')
    sink.problem(`an update of ${dataEnd - cursor.at} bytes can not be read`);
}

/** Goes to the bytes of a field and returns where they end, or -1. */
function find(cursor: ProtobufCursor, bytes: Buffer, end: number, wanted: number): number {
  while (cursor.next(bytes, end)) {
    const valueEnd = cursor.at + (cursor.isBytes ? cursor.value : 0);
    if (cursor.field === wanted && cursor.isBytes) return valueEnd;
    cursor.at = valueEnd;
  }
  return -1;
}
