import { createServer } from 'node:net';
import { namesPush } from '#feed-adapter/venue-registry.ts';
import { type Finding, fail, ok, warn } from '#runtime/finding.ts';
import { listen } from '#runtime/http/listen.ts';
import { PortError } from '#runtime/http/port-error.ts';
import type { Target } from './command.ts';
import type { Configuration } from './configuration.ts';

/** A port of the configuration. */
interface Place {
  readonly host: string;
  readonly port: number;
  /** The key that moves it. */
  readonly key: string;
  /** What a process of Tickwire that is there already answers: where, and what is in it. */
  readonly path: string;
  readonly sign: RegExp;
}

const askTimeoutMs = 1000;

/** Whether each port that a process would listen on can be had; one that is left to the system always can. */
export async function portFindings(
  targets: readonly Target[],
  configuration: Configuration,
  ask: typeof fetch,
): Promise<Finding[]> {
  const places = placesOf(targets, configuration).filter(({ port }) => port !== 0);
  return Promise.all(places.map((place) => lookAt(place, ask)));
}

function placesOf(targets: readonly Target[], { process, hub, feed }: Configuration): Place[] {
  const operations = process && {
    ...{ host: process.operationsHost, port: process.operationsPort, key: 'TICKWIRE_OPERATIONS_PORT' },
    ...{ path: '/metrics', sign: /^# HELP tickwire_/m },
  };
  // A port that hubs share is meant to be taken.
  const sockets = hub &&
    !hub.sharePort && {
      ...{ host: hub.host, port: hub.port, key: 'TICKWIRE_PORT' },
      ...{ path: '/health', sign: /^\{"status":.*"node":/s },
    };
  // With everything in one process the hub lists the sources, and a second port is for pushed ticks alone.
  const push = feed &&
    (!targets.includes('start') || namesPush(feed)) && {
      ...{ host: feed.feedHost, port: feed.feedPort, key: 'TICKWIRE_FEED_PORT' },
      ...{ path: '/sources', sign: /"sources":/ },
    };
  return [sockets, push, operations].filter((place) => place !== undefined && place !== false);
}

async function lookAt(place: Place, ask: typeof fetch): Promise<Finding> {
  const { host, port, key } = place;
  const topic = `port ${port}`;
  const server = createServer();
  try {
    await listen(server, host, port, key);
    const each = key === 'TICKWIRE_OPERATIONS_PORT' ? '; of several processes here each needs its own' : '';
    return ok(topic, `free on ${host} (${key}${each})`);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const code = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : 'unknown';
    if (code === 'EADDRINUSE' && (await isTickwire(place, ask)))
      return warn(topic, `a process of Tickwire has it on ${host}`, `for another one beside it set ${key}`);
    const fix = `set ${key} to another port, or end what has it: ss -ltnp 'sport = :${port}'`;
    return fail(topic, `can not be had on ${host}: ${reasons[code] ?? code}`, advice[code] ?? fix);
  } finally {
    server.close();
  }
}

async function isTickwire({ host, port, path, sign }: Place, ask: typeof fetch): Promise<boolean> {
  const name = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  try {
    const response = await ask(`http://${name}:${port}${path}`, {
      signal: AbortSignal.timeout(askTimeoutMs),
    });
    return sign.test(await response.text());
  } catch {
    return false; // it does not speak HTTP, or not in time
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'no machine has the name',
};

const hostAdvice = 'set the …_HOST key to an address of this machine, or 0.0.0.0 for all: ip -brief address';
const advice: Readonly<Record<string, string>> = {
  EACCES: 'take a port above 1023, and let the gateway listen on the lower one',
  EADDRNOTAVAIL: hostAdvice,
  ENOTFOUND: hostAdvice,
};
