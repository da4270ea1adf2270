import WebSocket from 'ws';
import { type Client, connect } from '#client/mod.ts';
import type { TailRequest } from './command.ts';
import { createLines } from './lines.ts';
import { delayLine, freshLine, problemLine, resetLine, staleLine, stateWords } from './words.ts';

/** The process that prints; `process` itself fits. */
type TailProcess = Pick<NodeJS.Process, 'env' | 'stdout' | 'stderr' | 'once' | 'exit'>;

/**
 * `tickwire tail`: prices go to standard output, everything about the connection to standard error. Ends with the
 * process at Ctrl-C; returns the exit code 1 when the hub sent the client away for good.
 */
export async function tail(request: TailRequest, host: TailProcess): Promise<number> {
  const { symbols, url, frequency, format, token } = request;
  const { env, stdout } = host;
  // Nobody reads on (`tickwire tail AAPL | head`): that is an end like any other.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    host.exit(0);
  });
  const client = connect(url, { format, webSocket: WebSocket, ...(token !== undefined && { token }) });
  const stopped = announce(client, url, host);
  const lines = createLines(symbols, stdout.isTTY && !env.NO_COLOR);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    host.once(signal, () => {
      client.close();
      host.exit(0);
    });
  let headed = false;
  try {
    for await (const update of client.subscribe(symbols, { frequency })) {
      if (!headed) stdout.write(`${lines.header}\n`);
      headed = true;
      await written(`${lines.line(update)}\n`, stdout);
    }
  } catch (error) {
    if (!stopped()) throw error;
    return 1;
  }
  return 0;
}

/** Says on standard error what happens to the connection. Returns whether the hub sent the client away for good. */
function announce(client: Client, url: string, { stderr }: TailProcess): () => boolean {
  let stopped = false;
  const say = (words: string | undefined): void => {
    if (words !== undefined) stderr.write(`${words}\n`);
  };
  client.on('state', (change) => {
    stopped ||= change.state === 'closed' && change.problem !== undefined;
    say(stateWords(change, url));
  });
  client.on('reset', (reset) => say(resetLine(reset)));
  client.on('stale', (stale) => say(staleLine(stale)));
  client.on('fresh', (fresh) => say(freshLine(fresh)));
  client.on('delay', (delay) => say(delayLine(delay)));
  client.on('error', (problem) => {
    if (problem.code !== 'stopped') say(problemLine(problem)); // the state says it
  });
  return () => stopped;
}

/** Waits for a reader that is slower than the market; the SDK conflates meanwhile. */
async function written(line: string, stdout: NodeJS.WriteStream): Promise<void> {
  if (!stdout.write(line)) await new Promise<void>((resume) => stdout.once('drain', resume));
}
