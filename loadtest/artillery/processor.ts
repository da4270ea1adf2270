import WebSocket from 'ws';
import { catalogueUrl, chooseSymbols, symbolsOfSocket } from '#loadtest/scripted/catalogue.ts';
import {
  type Connection,
  type ConnectionEvents,
  FollowingSocket,
} from '#loadtest/scripted/following-socket.ts';
import { type Parameters, readParameters } from '#loadtest/scripted/parameters.ts';
import { settle } from '#loadtest/scripted/settle.ts';
import { createEventsSink, type Events, startFromZero } from './events.ts';
import { startOf, stayOf } from './stay.ts';

/** What Artillery hands to a function of a flow. */
interface Context {
  readonly vars: {
    readonly $env: Readonly<Record<string, string | undefined>>;
    /** Number of the virtual user within its worker, from 0. */
    user?: number;
  };
  /** Opened by Artillery's engine; closed by it when the flow ends. */
  readonly ws: WebSocket;
}

/** How Artillery's engine is going to connect. */
interface ConnectArguments {
  target: string;
}

/** Virtual users of this worker so far. */
let users = 0;
let symbols: Promise<readonly string[]> | undefined;

/** Before a virtual user connects: `TARGET` may name several hubs. */
export function chooseTarget(
  connect: ConnectArguments,
  { vars }: Context,
  done: (error?: Error) => void,
): void {
  const { targets } = parametersOf(vars.$env);
  vars.user = users++;
  connect.target = targets[vars.user % targets.length] ?? '';
  done();
}

/**
 * The flow of every scenario: follows the symbols of one socket for as long as `SCENARIO` says, and judges
 * every update. Resolves when the virtual user may go; rejects when there is nothing to follow.
 */
export async function follow(context: Context, events: Events): Promise<void> {
  const { $env, user = 0 } = context.vars;
  const parameters = parametersOf($env);
  const start = startOf(Date.now());
  if (user === 0) startFromZero(events);
  symbols ??= readSymbols(parameters);
  const own = symbolsOfSocket(user, await symbols, parameters.symbolsPerSocket);
  const { stayMs, reconnectsMs, spreadMs, crowd } = stayOf(
    $env.SCENARIO ?? '',
    parameters,
    start,
    Date.now(),
  );
  const create = (of: readonly string[], name: string, frequency: number, first?: WebSocket) =>
    createSocket({ events, parameters, user, symbols: of, crowd: name, frequency, first });
  const socket = create(own, crowd, parameters.frequency, context.ws);
  socket.connect();
  for (const atMs of reconnectsMs) after(atMs, () => socket.reconnect(Math.random() * spreadMs));
  const createReference = (of: readonly string[]) => create(of, 'reference', 0);
  const { frequency } = parameters;
  await new Promise<void>((done) => {
    after(stayMs, () => settle([socket], { after, createReference, frequency }, done));
  });
}

function parametersOf(environment: Context['vars']['$env']): Parameters {
  const read = readParameters('smoke', environment);
  if (read.ok) return read.parameters;
  throw new Error(read.problems.join('; '));
}

async function readSymbols({ targets, symbols: wanted }: Parameters): Promise<readonly string[]> {
  const url = catalogueUrl(targets[0] ?? '');
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  return chooseSymbols(url, await answer?.text(), wanted);
}

interface SocketRequest {
  readonly events: Events;
  readonly parameters: Parameters;
  readonly user: number;
  readonly symbols: readonly string[];
  readonly crowd: string;
  readonly frequency: number;
  /** Taken as the first connection; it is open. */
  readonly first: WebSocket | undefined;
}

function createSocket(request: SocketRequest): FollowingSocket {
  const { events, parameters, user, crowd, frequency } = request;
  let { first } = request;
  const open = (url: string, connection: ConnectionEvents): Connection => {
    const socket = first ?? new WebSocket(url, { perMessageDeflate: false });
    if (first === undefined) socket.on('open', connection.opened);
    else queueMicrotask(connection.opened);
    first = undefined;
    socket.on('message', (data: Buffer) => connection.message(data.toString()));
    socket.on('error', connection.lost);
    socket.on('close', connection.lost);
    return socket;
  };
  const deps = {
    ...{ open, after, random: Math.random, sink: createEventsSink(events, crowd) },
    connected: (failed: boolean) => events.emit('counter', 'tickwire.connect_failures', failed ? 1 : 0),
    dropped: () => events.emit('counter', 'tickwire.drops', 1),
  };
  const options = { symbols: request.symbols, frequency, now: Date.now };
  return new FollowingSocket(deps, parameters.targets, user, options);
}

function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}
