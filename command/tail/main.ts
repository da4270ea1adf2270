import WebSocket from 'ws';
import { type Client, connect } from '#client/mod.ts';
import { parseArguments, type TailRequest, usage } from './arguments.ts';
import { createLines } from './lines.ts';
import { delayLine, freshLine, problemLine, resetLine, staleLine, stateWords } from './words.ts';

const { env, stdout, stderr } = process;

/** Nobody reads on (`npm run tail -- AAPL | head`): that is an end like any other. */
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const args = process.argv.slice(2);
const parsed = parseArguments(args, env);
if (args.includes('--help') || args.includes('-h')) stdout.write(usage);
else if (parsed.ok) await tail(parsed.request);
else {
  stderr.write(`${parsed.problem}\n\n${usage}`);
  process.exitCode = 2;
}

/** Prices go to standard output, everything about the connection to standard error. */
async function tail({ symbols, url, frequency, format, token }: TailRequest): Promise<void> {
  const client = connect(url, { format, webSocket: WebSocket, ...(token !== undefined && { token }) });
  const stopped = announce(client, url);
  const lines = createLines(symbols, stdout.isTTY && !env.NO_COLOR);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      client.close();
      process.exit(0);
    });
  let headed = false;
  try {
    for await (const update of client.subscribe(symbols, { frequency })) {
      if (!headed) stdout.write(`${lines.header}\n`);
      headed = true;
      await written(`${lines.line(update)}\n`);
    }
  } catch (error) {
    if (!stopped()) throw error;
    process.exitCode = 1;
  }
}

/** Says on standard error what happens to the connection. Returns whether the hub sent the client away for good. */
function announce(client: Client, url: string): () => boolean {
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
async function written(line: string): Promise<void> {
  if (!stdout.write(line)) await new Promise<void>((resume) => stdout.once('drain', resume));
}
