import { createServer } from 'node:net';
import { freePort } from '#test/harness/redis/free-ports.ts';

/** Ports of the loopback that nobody has yet, each given once. */
export interface Ports {
  /** `preferred` where nobody listens on it, so that addresses stay the same from day to day; else a free one. */
  take(preferred: number): Promise<number>;
  /** @throws Error that says what to do when somebody listens on it */
  insistOn(port: number): Promise<number>;
}

/** @param anyWillDo nothing is preferred: several clusters run side by side */
export function createPorts(anyWillDo: boolean): Ports {
  const given = new Set<number>();
  const free = async (): Promise<number> => {
    const port = await freePort();
    return given.has(port) ? free() : port;
  };
  const give = (port: number): number => {
    given.add(port);
    return port;
  };
  return {
    async take(preferred) {
      return give(
        !anyWillDo && !given.has(preferred) && (await isFree(preferred)) ? preferred : await free(),
      );
    },
    async insistOn(port) {
      if (anyWillDo) return give(await free());
      if (await isFree(port)) return give(port);
      throw new Error(`port ${port} is taken: end what listens there, or choose another with --port`);
    },
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
