import type { SocketSink } from '#loadtest/swarm/dialect/dialect.ts';
import { keysOf } from '#loadtest/swarm/dialect/symbol-key.ts';

/** A socket that writes down what its dialect says. */
export interface RecordingSink extends SocketSink {
  readonly sent: (string | Uint8Array)[];
  /** `S0 7 @1731000000000` for an update, `subscribed`, or `problem`. */
  readonly told: string[];
}

/** A sink for tests of dialects. @param symbols what the socket is to subscribe to */
export function createRecordingSink(symbols: readonly string[]): RecordingSink {
  const names = keysOf(symbols);
  const sent: (string | Uint8Array)[] = [];
  const told: string[] = [];
  const unexpected = (): void => void told.push('unexpected');
  return {
    symbols,
    frequencyMs: 0,
    sent,
    told,
    since: () => undefined,
    send: (payload) => void sent.push(payload),
    subscribed: () => void told.push('subscribed'),
    update: (key, from, seq, received) =>
      void told.push(`${names.get(key)} ${from === seq ? seq : `${from}-${seq}`} @${received}`),
    refused: unexpected,
    subscribedTo: unexpected,
    reset: unexpected,
    problem: () => void told.push('problem'),
  };
}
