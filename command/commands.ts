import { nearest } from '#runtime/config/nearest.ts';
import { doctorHelp } from './doctor/arguments.ts';
import { parseArguments as parseTailArguments, usage as tailUsage } from './tail/arguments.ts';
import { tokenHelp } from './token/arguments.ts';

/** Those that package.json has a script for, which is what they run. */
export type ScriptName = 'start' | 'hub' | 'feed' | 'tail';

/** What a command line asks for. */
export type Choice =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'version' }
  /** A mistake in the command line: exit code 2. */
  | { readonly kind: 'problem'; readonly problem: string }
  | { readonly kind: 'script'; readonly script: ScriptName; readonly args: readonly string[] }
  | { readonly kind: 'doctor' | 'token'; readonly args: readonly string[] };

/** @param args of the command line, without node and the script */
export function chooseCommand(args: readonly string[]): Choice {
  const [first = '--help', ...rest] = args;
  if (first === '--version' || first === '-v') return { kind: 'version' };
  if (first === '--help' || first === '-h' || first === 'help') return helpOf(rest);
  if (!isCommand(first)) return { kind: 'problem', problem: unknownProblem(first) };
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'text', text: commands[first].help };
  if (first === 'doctor' || first === 'token') return { kind: first, args: rest };
  if (first === 'tail') return tailOf(rest);
  if (rest.length === 0) return { kind: 'script', script: first, args: rest };
  const problem = `tickwire ${first} takes no arguments ("${rest[0]}"): its configuration is its environment, docs/configuration.md`;
  return { kind: 'problem', problem };
}

const keysHint =
  'All keys, with defaults and ranges: docs/configuration.md. tickwire doctor checks those that are set.';

const commands = {
  start: {
    about: 'everything in one process, no server needed',
    help: `Usage: tickwire start
  Hub, simulated venue and trading screen in one process: http://127.0.0.1:8080

Examples
  tickwire start
  TICKWIRE_PORT=8090 tickwire start
  TICKWIRE_VENUES=coinbase TICKWIRE_COINBASE_PRODUCTS=BTC-USD,ETH-USD tickwire start

${keysHint}
`,
  },
  hub: {
    about: 'one hub: sockets in, prices out; joined by Redis',
    help: `Usage: tickwire hub
  One hub process. Run as many as are needed; they keep no state that matters.

Examples
  TICKWIRE_REDIS_URL=redis://127.0.0.1:6379 tickwire hub
  TICKWIRE_HOST=0.0.0.0 TICKWIRE_AUTH=jwt TICKWIRE_JWT_SECRET=… tickwire hub
  TICKWIRE_PORT=8081 TICKWIRE_OPERATIONS_PORT=9091 tickwire hub     # a second one on this machine

SIGTERM drains it: clients are sent to other hubs over TICKWIRE_DRAIN_MS.
${keysHint}
`,
  },
  feed: {
    about: 'one feed adapter: venues in, ticks to Redis',
    help: `Usage: tickwire feed
  One feed adapter process. Of several with the same venues one leads, the others stand by.

Examples
  TICKWIRE_REDIS_URL=redis://127.0.0.1:6379 tickwire feed
  TICKWIRE_VENUES=binance TICKWIRE_BINANCE_SYMBOLS=BTC-USDT@BTCUSDT tickwire feed
  TICKWIRE_VENUES=file TICKWIRE_FILE_PATH=trades.csv.gz TICKWIRE_FILE_PACE=10 tickwire feed

${keysHint}
`,
  },
  tail: {
    about: 'prices as lines in the terminal; resumes by itself',
    help: tailUsage.replaceAll('npm run tail --', 'tickwire tail'),
  },
  doctor: {
    about: 'what on this machine and in Redis is not as it should be, each with its fix',
    help: doctorHelp,
  },
  token: { about: 'a JWT for trying out a hub that asks for one', help: tokenHelp },
} as const satisfies Readonly<Record<string, { readonly about: string; readonly help: string }>>;

type CommandName = keyof typeof commands;

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

/** Looked at here, so that a mistake is told in the words of this command. */
function tailOf(args: readonly string[]): Choice {
  const parsed = parseTailArguments(args, {});
  return parsed.ok ? { kind: 'script', script: 'tail', args } : { kind: 'problem', problem: parsed.problem };
}

function helpOf([name]: readonly string[]): Choice {
  if (name === undefined) return { kind: 'text', text: overview() };
  if (isCommand(name)) return { kind: 'text', text: commands[name].help };
  return { kind: 'problem', problem: unknownProblem(name) };
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(8)}${about}`);
  return `Tickwire, a real-time market-data hub

Usage: tickwire COMMAND [options]

${lines.join('\n')}

  tickwire COMMAND --help   how it is used, with examples
  tickwire --version

Try it: tickwire start, and in another terminal: tickwire tail AAPL TSLA
`;
}

function unknownProblem(name: string): string {
  const close = nearest(name, Object.keys(commands));
  const question =
    close === undefined ? `one of ${Object.keys(commands).join(', ')}` : `did you mean ${close}?`;
  return `"${name}" is no command of tickwire; ${question}`;
}
