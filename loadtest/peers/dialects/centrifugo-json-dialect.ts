import type { Dialect, SocketSink } from '#loadtest/swarm/dialect/dialect.ts';
import { readFlatUpdate, startsWith } from './read-flat-update.ts';

/*
 * Centrifugo's JSON protocol (centrifugal.dev/docs/transports/client_protocol): commands and replies are
 * objects, several in a frame with newlines between; `{}` is a ping, answered with the same.
 */
const push = Buffer.from('{"push":{"channel":"');
const publication = Buffer.from('","pub":{"data":');
const reply = Buffer.from('{"id":');
const quote = 0x22;
const newline = 0x0a;

/** Centrifugo as it comes. The last symbol's subscription has the highest id, its reply comes last. */
export function createDialect(): Dialect {
  return {
    path: '/connection/websocket',
    subprotocol: '',
    historyBegins: 'first-update',
    opened: (sink) => sink.send(commands(sink.symbols)),
    read(bytes, start, end, sink) {
      for (let at = start; at < end; ) {
        let lineEnd = readPush(bytes, at, end, sink);
        const pushed = lineEnd >= 0;
        if (!pushed) lineEnd = at;
        while (lineEnd < end && bytes[lineEnd] !== newline) lineEnd++;
        if (!pushed && lineEnd > at) converse(bytes, at, lineEnd, sink);
        at = lineEnd + 1;
      }
    },
  };
}

function commands(symbols: readonly string[]): string {
  const subscriptions = symbols.map((channel, index) => ({ id: index + 2, subscribe: { channel } }));
  return [{ id: 1, connect: {} }, ...subscriptions].map((command) => JSON.stringify(command)).join('\n');
}

/** Returns how far a pushed update was read, -1 when there is none at `at`. */
function readPush(bytes: Buffer, at: number, end: number, sink: SocketSink): number {
  if (!startsWith(bytes, at, end, push)) return -1;
  let channelEnd = at + push.length;
  while (channelEnd < end && bytes[channelEnd] !== quote) channelEnd++;
  if (!startsWith(bytes, channelEnd, end, publication)) return -1;
  return readFlatUpdate(bytes, channelEnd + publication.length, end, sink);
}

function converse(bytes: Buffer, start: number, end: number, sink: SocketSink): void {
  const text = bytes.toString('utf8', start, end);
  if (text === '{}') sink.send('{}');
  else if (!startsWith(bytes, start, end, reply) || text.includes('"error"'))
    sink.problem(`can not be read: ${text.slice(0, 100)}`);
  else if (text.startsWith(`{"id":${sink.symbols.length + 1},`)) sink.subscribed();
}
