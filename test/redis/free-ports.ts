import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Ports that Linux gives to no outgoing connection (32,768 and above it does): of those thousands come and go in a test
 * run, and one of them may take a port between its choice and its use.
 */
const portMin = 10_000;
const portEnd = 32_000;

/** So many TCP ports on loopback that nobody listens on just now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = new Map<number, Server>();
  while (servers.size < count) {
    const port = portMin + Math.floor(Math.random() * (portEnd - portMin));
    const server = servers.has(port) ? undefined : await listenOn(port);
    if (server !== undefined) servers.set(port, server);
  }
  await Promise.all([...servers.values()].map((server) => once(server.close(), 'close')));
  return [...servers.keys()];
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/** Undefined where somebody listens already. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
