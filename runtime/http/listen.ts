import { once } from 'node:events';
import type { Server } from 'node:net';
import { PortError } from './port-error.ts';

/**
 * Listens on `host`:`port` (0 = any) and returns the port that was bound.
 * @param key the environment key that moves the listener
 * @param reusePort other processes may listen on it as well; Node 22.12 and later, on Linux
 * @throws PortError when the port can not be bound
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  key: string,
  reusePort = false,
): Promise<number> {
  const options = { host, port, ...(reusePort && { reusePort }) };
  server.listen(options);
  try {
    await once(server, 'listening'); // rejects when 'error' comes instead
  } catch (cause) {
    throw new PortError(host, port, key, { cause });
  }
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
