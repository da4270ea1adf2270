import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { hubService } from '#fanout/node-ports.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { Authenticator } from '#hub/auth/authenticator.ts';
import type { HubLimits } from '#hub/hub-limits.ts';
import { type ListeningHub, startHub } from '#hub/socket-fixtures.ts';

/** What the tests of sessions and of the registry share: a hub that is registered in its fanout. */

/** For tests: opens the registry of nodes. */
export const operatorToken = 'the-token-of-the-operators';

/** For tests: a fanout in memory that keeps 1000 updates of a symbol. */
export function createFanout(): Fanout {
  return createMemoryFanout({ now: Date.now }, { replayEntriesMax: 1000 });
}

/** For tests: a hub that listens and stands in the registry. */
export interface RegisteredHub extends ListeningHub {
  /** Its HTTP. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Asks for a session with these headers, which is given. */
  session(headers?: Readonly<Record<string, string>>): Promise<{ websocket_url: string; expires_at: string }>;
}

/** @param name of the node */
export async function startRegisteredHub(
  t: TestContext,
  authenticator?: Authenticator,
  fanout: Fanout = createFanout(),
  name = 'one',
  limits: Partial<HubLimits> = {},
): Promise<RegisteredHub> {
  const hub = await startHub(limits, undefined, fanout, authenticator, { operatorToken });
  t.after(() => hub.hub.stop());
  const record = {
    ...{ ipAddress: '127.0.0.1', portNumber: hub.port, protocol: 'ws', socketUrl: hub.url },
    ...{ sockets: 0, ready: true },
  };
  const self = { service: hubService, serviceName: 'Tickwire hub', instance: name, boot: name };
  await fanout.nodes.register({ ...self, record }, 600_000);
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${hub.port}${path}`, init);
  return {
    ...hub,
    ask,
    async session(headers = {}) {
      const response = await ask('/session', { method: 'POST', headers });
      assert.equal(response.status, 200);
      return (await response.json()) as { websocket_url: string; expires_at: string };
    },
  };
}
