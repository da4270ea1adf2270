import type { TestContext } from 'node:test';
import { readConfig } from '#runtime/config.ts';
import { createLogger } from '#runtime/logger.ts';
import { hubKeys, hubLimits } from '../config.ts';
import { chooseListener } from './choose-listener.ts';
import type { Listener, ListenerLimits, Served, SocketHandlers } from './listener.ts';

/** A listener with what a test serves on a port of this machine; stopped when the test ends. */
export async function serving<Session = undefined>(
  t: TestContext,
  served: Partial<Served<Session>>,
  limits: Partial<ListenerLimits> = {},
): Promise<{ readonly listener: Listener; readonly port: number }> {
  const allLimits = { ...hubLimits(readConfig(hubKeys, {})), ...limits };
  const listener = await chooseListener({ tls: undefined, log: createLogger('hub', 'silent') }, allLimits);
  t.after(() => listener.close());
  listener.serve({ http: () => notFound, sockets: noSockets, ...served });
  return { listener, port: await listener.listen('127.0.0.1', 0, false) };
}

const notFound = { status: 404, headers: [] } as const;

const noSockets: SocketHandlers<never> = {
  handshake: () => ({ accepted: false, answer: notFound }),
  opened: () => undefined,
  received: () => undefined,
  dropped: () => undefined,
  closed: () => undefined,
};
