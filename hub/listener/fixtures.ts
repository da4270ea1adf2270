import type { TestContext } from 'node:test';
import { hubKeys, hubLimits } from '#hub/config.ts';
import { readConfig } from '#runtime/config/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { chosenListener } from '#test/harness/chosen-listener.ts';
import { chooseListener, type ListenerChoice } from './choose-listener.ts';
import type { HubSocket } from './hub-socket.ts';
import type { ConnectionHandlers, Listener, ListenerLimits, Served, SocketHandlers } from './listener.ts';
import { loadNative } from './uws-types.ts';

/** The listeners that there are on this machine. */
export const listenerChoices: readonly ListenerChoice[] = await loadNative().then(
  () => ['uws', 'node'] as const,
  () => ['node'] as const,
);

/** A listener with what a test serves on a port of this machine; stopped when the test ends. */
export async function serving<Session = undefined>(
  t: Pick<TestContext, 'after'>,
  served: Partial<Served<Session>>,
  limits: Partial<ListenerLimits> = {},
  choice: ListenerChoice = chosenListener,
): Promise<{ readonly listener: Listener; readonly port: number }> {
  const allLimits = { ...hubLimits(readConfig(hubKeys, {})), ...limits };
  const log = createLogger('hub', 'silent');
  const listener = await chooseListener({ choice, tls: undefined, log }, allLimits);
  t.after(() => listener.close());
  listener.serve({ http: () => notFound, sockets: noSockets, connections: everyConnection, ...served });
  return { listener, port: await listener.listen('127.0.0.1', 0, false) };
}

const notFound = { status: 404, headers: [] } as const;

const everyConnection: ConnectionHandlers = {
  opened: () => true,
  asked: () => undefined,
  closed: () => undefined,
};

const noSockets: SocketHandlers<never> = {
  handshake: () => ({ accepted: false, answer: notFound }),
  opened: () => undefined,
  received: () => undefined,
  dropped: () => undefined,
  closed: () => undefined,
};

/** One socket as its handlers saw it. */
export interface SeenSocket {
  /** Undefined before it is open. */
  socket?: HubSocket;
  readonly received: [text: string, binary: boolean][];
  dropped: number;
  closed: number;
}

/** Handlers that let every socket in and note what happens; the sockets in their order. */
export function noting(subprotocol = ''): {
  readonly seen: SeenSocket[];
  readonly sockets: SocketHandlers<SeenSocket>;
} {
  const seen: SeenSocket[] = [];
  const sockets: SocketHandlers<SeenSocket> = {
    handshake() {
      const session: SeenSocket = { received: [], dropped: 0, closed: 0 };
      seen.push(session);
      return { accepted: true, session, subprotocol };
    },
    opened(session, socket) {
      session.socket = socket;
    },
    received: (session, bytes, binary) => void session.received.push([Buffer.from(bytes).toString(), binary]),
    dropped(session) {
      session.dropped++;
    },
    closed(session) {
      session.closed++;
    },
  };
  return { seen, sockets };
}
