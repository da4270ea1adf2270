import type { Dialect } from '#loadtest/swarm/dialect/dialect.ts';
import { readMsgpackUpdates } from '#loadtest/swarm/dialect/read-msgpack-updates.ts';
import { codecs } from '#protocol/codec.ts';
import { startsWith } from './read-flat-update.ts';

const ready = Buffer.from('ready');

/** `servers/bare-sockets.ts`: Tickwire's frames, and the word `ready` when the topics are subscribed. */
export function createDialect(): Dialect {
  return {
    path: '/ws',
    subprotocol: '',
    historyBegins: 'first-update',
    opened: (sink) => sink.send(codecs.msgpack.encode({ type: 'subscribe', symbols: sink.symbols })),
    read(bytes, start, end, sink) {
      if (readMsgpackUpdates(bytes, start, end, sink) === 'read') return;
      if (startsWith(bytes, start, end, ready)) sink.subscribed();
      else sink.problem(`a message of ${end - start} bytes can not be read`);
    },
  };
}
