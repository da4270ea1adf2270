import { createServer } from 'node:net';
import { type Finding, fail, ok } from '#runtime/finding.ts';
import { listen } from '#runtime/listen.ts';
import { PortError } from '#runtime/port-error.ts';
import type { Configuration } from './configuration.ts';

/** A port of the configuration, and the key that moves it. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly key: string;
}

/** Whether each port that a process would listen on can be had; one that is left to the system always can. */
export async function portFindings(configuration: Configuration): Promise<Finding[]> {
  const places = placesOf(configuration).filter(({ port }) => port !== 0);
  return Promise.all(places.map(lookAt));
}

function placesOf({ process, hub, feed }: Configuration): Place[] {
  const operations = process && {
    host: process.operationsHost,
    port: process.operationsPort,
    key: 'TICKWIRE_OPERATIONS_PORT',
  };
  // A port that hubs share is meant to be taken.
  const sockets = hub && !hub.sharePort && { host: hub.host, port: hub.port, key: 'TICKWIRE_PORT' };
  const push = feed && { host: feed.feedHost, port: feed.feedPort, key: 'TICKWIRE_FEED_PORT' };
  return [sockets, push, operations].filter((place) => place !== undefined && place !== false);
}

async function lookAt({ host, port, key }: Place): Promise<Finding> {
  const topic = `port ${port}`;
  const server = createServer();
  try {
    await listen(server, host, port, key);
    return ok(topic, `free on ${host} (${key})`);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const code = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : 'unknown';
    const fix = `set ${key} to another port, or end what has it: ss -ltnp 'sport = :${port}'`;
    return fail(topic, `can not be had on ${host}: ${reasons[code] ?? code}`, advice[code] ?? fix);
  } finally {
    server.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EACCES: 'this user may not',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'no machine has the name',
};

const advice: Readonly<Record<string, string>> = {
  EACCES: 'take a port above 1023, and let the gateway listen on the lower one',
  EADDRNOTAVAIL: 'set the …_HOST key to an address of this machine, or 0.0.0.0 for all: ip -brief address',
  ENOTFOUND: 'set the …_HOST key to an address of this machine, or 0.0.0.0 for all: ip -brief address',
};
