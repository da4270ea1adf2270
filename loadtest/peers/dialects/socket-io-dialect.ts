import type { Dialect, SocketSink } from '#loadtest/swarm/dialect/dialect.ts';
import { readFlatUpdate, startsWith } from './read-flat-update.ts';

/*
 * Engine.IO 4 and Socket.IO 5 (socket.io/docs/v4/engine-io-protocol and …/socket-io-protocol), one packet a frame:
 *   0{…} open   2 ping, 3 pong   40 connect, 40{…} connected   42[…] event   420[…] event with id 0, 430[…] its answer
 */
const update = Buffer.from('42["update",');
const open = Buffer.from('0{');
const connected = Buffer.from('40{');
const answered = Buffer.from('430[');
const ping = Buffer.from('2');

/** `servers/socket-io-server.ts` and `socket-io-uws-server.ts`. */
export function createDialect(): Dialect {
  return {
    path: '/socket.io/?EIO=4&transport=websocket',
    subprotocol: '',
    historyBegins: 'first-update',
    opened: () => undefined, // the server speaks first
    read(bytes, start, end, sink) {
      const isUpdate = startsWith(bytes, start, end, update);
      if (isUpdate && readFlatUpdate(bytes, start + update.length, end, sink) >= 0) return;
      converse(bytes, start, end, sink);
    },
  };
}

function converse(bytes: Buffer, start: number, end: number, sink: SocketSink): void {
  if (startsWith(bytes, start, end, open)) sink.send('40');
  else if (startsWith(bytes, start, end, connected))
    sink.send(`420${JSON.stringify(['subscribe', sink.symbols])}`);
  else if (startsWith(bytes, start, end, answered)) sink.subscribed();
  else if (end - start === 1 && startsWith(bytes, start, end, ping)) sink.send('3');
  else sink.problem(`can not be read: ${bytes.toString('utf8', start, Math.min(end, start + 100))}`);
}
