import type { Dialect } from '#loadtest/swarm/dialect/dialect.ts';
import { readFlatUpdate, startsWith } from './read-flat-update.ts';

const subscribed = Buffer.from('{"subscribed"');

/** `servers/ws-server.ts`: one update a frame, as JSON. */
export function createDialect(): Dialect {
  return {
    path: '/',
    subprotocol: '',
    historyBegins: 'first-update',
    opened: (sink) => sink.send(JSON.stringify({ subscribe: sink.symbols })),
    read(bytes, start, end, sink) {
      if (readFlatUpdate(bytes, start, end, sink) >= 0) return;
      if (startsWith(bytes, start, end, subscribed)) sink.subscribed();
      else sink.problem(`can not be read: ${bytes.toString('utf8', start, Math.min(end, start + 100))}`);
    },
  };
}
