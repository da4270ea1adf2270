import type { Logger } from '#runtime/logger.ts';
import type { RedisClient } from './connection/connection.ts';
import { newestScript } from './history/newest.ts';
import { serversOf } from './inspect/servers.ts';

/** How soon a server that lost the script has it again. */
export interface ScriptKeeperLimits {
  /** How often each server is given the script: one that has restarted or been promoted has forgotten it. */
  readonly scriptsIntervalMs: number;
}

/** Keeps the script that hubs read by loaded in each server; done by adapters, as hubs may load none. */
export function keepScripts(
  client: RedisClient,
  log: Logger,
  { scriptsIntervalMs }: ScriptKeeperLimits,
): () => void {
  const load = (): void => {
    for (const { server } of serversOf(client))
      newestScript
        .load(server)
        .catch((error: Error) => log.debug({ problem: error.message }, 'a script was not loaded, trying on'));
  };
  client.on('ready', load);
  const timer = setInterval(load, scriptsIntervalMs);
  return () => {
    clearInterval(timer);
    client.off('ready', load);
  };
}
