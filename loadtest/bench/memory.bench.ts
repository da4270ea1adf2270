import type { Bench, Measured } from './bench.ts';
import { processResidentBytes, startChild } from './children.ts';
import type { Closing } from './closing.ts';
import { openStage, openSwarm, type Stage, spreadSymbols } from './stage.ts';

/*
 * What does an idle socket cost in memory?
 *
 *   Redis ──▶ hub ──────▶ 6,000 sockets × 5 of 1,000 symbols, nothing published
 *             bare ─────▶ the same
 *
 * Measured: resident memory of the server process with all sockets minus with none, by the number of sockets;
 * each time after two seconds of rest. What the kernel keeps for a socket is not in it.
 * Fails when a socket is missing.
 */
const socketCount = 6000;
const symbolCount = 1000;
const bytesMax = 3 * 1024;
const restMs = 2000;
const format = 'msgpack';
const symbols = spreadSymbols(socketCount, 5, symbolCount);

export const bench = {
  unit: 'bytes per idle socket',
  better: 'lower',
  rows: [
    { name: 'hub', against: 'bare uWebSockets.js' },
    { name: 'bare uWebSockets.js', against: 'bare uWebSockets.js' },
  ],
  claims: [{ row: 'hub', of: 'value', atMost: bytesMax }],
  async open(closing) {
    const stage = await openStage(closing, symbolCount);
    await stage.feed.publish(symbolCount, 1); // every symbol has a last price
    return (row, closingRun) => (row === 'hub' ? measureHub(stage, closingRun) : measureBare(closingRun));
  },
} satisfies Bench;

async function measureHub(stage: Stage, closing: Closing): Promise<Measured> {
  const hub = await stage.startHub(closing);
  return measure(hub, closing, async () => {
    const health = await fetch(`http://127.0.0.1:${hub.port}/health`, { signal: AbortSignal.timeout(5000) });
    const { sockets } = (await health.json()) as { sockets: number };
    if (sockets !== socketCount) throw new Error(`${sockets} sockets instead of ${socketCount}`);
  });
}

async function measureBare(closing: Closing): Promise<Measured> {
  const child = startChild('bare-server.ts');
  closing.defer(() => child.stop());
  const port = await child.ask<number>({ format });
  return measure({ port, pid: child.pid }, closing, async () => undefined); // the swarm knows what it opened
}

interface Server {
  readonly port: number;
  readonly pid: number;
}

async function measure(server: Server, closing: Closing, check: () => Promise<void>): Promise<Measured> {
  await rest();
  const before = processResidentBytes(server.pid);
  await openSwarm(closing, { port: server.port, format, symbols });
  await rest();
  await check();
  return { value: (processResidentBytes(server.pid) - before) / socketCount };
}

/** Time for a collection that the server starts by itself. */
function rest(): Promise<void> {
  return new Promise((resume) => setTimeout(resume, restMs));
}
