import { codecs, type WireFormat } from '#protocol/codec.ts';
import { RawSocket } from './raw-socket.ts';

/** What a worker is asked to hold. */
export interface SwarmOrder {
  readonly host: string;
  readonly port: number;
  readonly format: WireFormat;
  /** The symbols of each socket. */
  readonly symbols: readonly (readonly string[])[];
  /** Position by symbol; each socket names those of its own. */
  readonly since?: Readonly<Record<string, string>>;
  readonly frequency?: number;
}

export interface SwarmCount {
  readonly updates: number;
  readonly frames: number;
  readonly bytes: number;
}

/** Run as a child process: holds sockets, counts what they get, answers each message of its parent. */
async function open(order: SwarmOrder): Promise<RawSocket[]> {
  const codec = codecs[order.format];
  const probe = Buffer.from(codec.encode({ type: 'price_update', data: {} }));
  const target = {
    host: order.host,
    port: order.port,
    path: '/ws',
    subprotocol: codec.subprotocol,
    updatePrefix: probe.subarray(0, codec.binary ? -1 : 16), // up to the map of updates
  };
  const sockets: RawSocket[] = [];
  for (let start = 0; start < order.symbols.length; start += 200) {
    const page = order.symbols.slice(start, start + 200);
    const opened = await Promise.all(page.map(() => RawSocket.open(target)));
    opened.forEach((socket, index) => {
      const { frequency } = order;
      const symbols = page[index] ?? [];
      const since = sinceOf(symbols, order);
      const more = { ...(frequency !== undefined && { frequency }), ...(since !== undefined && { since }) };
      if (symbols.length > 0) socket.send(codec.encode({ type: 'subscribe', symbols, ...more }));
    });
    sockets.push(...opened);
  }
  return sockets;
}

function sinceOf(symbols: readonly string[], { since }: SwarmOrder): Record<string, string> | undefined {
  if (since === undefined) return undefined;
  return Object.fromEntries(symbols.flatMap((symbol) => (since[symbol] ? [[symbol, since[symbol]]] : [])));
}

let sockets: RawSocket[] = [];

function count(): SwarmCount {
  const sum = (read: (socket: RawSocket) => number): number =>
    sockets.reduce((all, socket) => all + read(socket), 0);
  return {
    updates: sum((socket) => socket.counter.updates),
    frames: sum((socket) => socket.counter.frames),
    bytes: sum((socket) => socket.counter.bytes),
  };
}

/** How the sockets of a worker came to their first updates. */
export interface FirstUpdates {
  /** Of each socket that has had one, milliseconds from its connect. */
  readonly waitsMs: readonly number[];
  /** From the first connect to the last first update, milliseconds. */
  readonly spanMs: number;
}

function firstUpdates(): FirstUpdates {
  const startedAt = Math.min(...sockets.map((socket) => socket.startedAt));
  const served = sockets.flatMap(({ startedAt: from, firstUpdateAt: to }) =>
    to === undefined ? [] : [{ from, to }],
  );
  return {
    waitsMs: served.map(({ from, to }) => to - from),
    spanMs: Math.max(...served.map(({ to }) => to)) - startedAt,
  };
}

process.on('message', async (order: SwarmOrder | 'count' | 'first updates') => {
  if (order === 'first updates') {
    process.send?.(firstUpdates());
    return;
  }
  if (order !== 'count') sockets = await open(order);
  process.send?.(count());
});
process.once('disconnect', () => process.exit(0)); // who holds the bench is gone
