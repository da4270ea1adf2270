import type { LiveInstance } from '#fanout/node-ports.ts';
import type { Logger } from '#runtime/logger.ts';
import { hostOf } from './session-hosts.ts';

const hint =
  'nobody is sent there; if these hosts are yours, name them in TICKWIRE_SESSION_HOSTS of every hub';

/** Counts the hubs that name sockets at hosts which are not configured, and logs their hosts whenever these are others. */
export function reportUnknownHosts(
  counts: { strangeHubs: number },
  log: Logger,
): (instances: readonly LiveInstance[]) => void {
  let told = '';
  return (instances) => {
    counts.strangeHubs = instances.length;
    const hosts = [...new Set(instances.map(({ socketUrl = '' }) => hostOf(socketUrl) ?? 'no address'))];
    const now = hosts.sort().join();
    if (now !== '' && now !== told)
      log.warn({ hosts: hosts.slice(0, 8), hubs: instances.length, hint }, 'hubs name strange hosts');
    told = now;
  };
}
