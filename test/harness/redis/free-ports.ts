import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { closed } from '#runtime/closed-fixture.ts';

/**
 * Ports that Linux gives to no outgoing connection (32,768 and above it does): of those thousands come and go in a test
 * run, and one of them may take a port between its choice and its use.
 */
const portMin = 10_000;
const portEnd = 32_000;

/**
 * So many TCP ports on loopback that nobody listens on just now, and that no other test process is given as long as
 * this one lives: whoever a port is for may start much later, or end and start again on it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = portMin + Math.floor(Math.random() * (portEnd - portMin));
    if ((await claim(port)) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

/** One such port. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

/**
 * The claim on a TCP port is the UDP port of the same number, which this process keeps until it ends: in the way of nobody
 * who listens by TCP, and gone with the process however that ends. False where another process, or this one, has it.
 */
async function claim(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

/** Whether nobody listens there. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (listening) await closed(server.close());
  return listening;
}
