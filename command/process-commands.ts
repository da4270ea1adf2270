import { describedCommand, type Subcommand } from './program.ts';
import type { ScriptName } from './script-process.ts';

const keysHint =
  'Its configuration is its environment: docs/configuration.md has all keys, with defaults and ranges, and tickwire doctor checks those that are set.';

const processes = {
  start: {
    about: 'everything in one process, no server needed',
    description: 'Hub, simulated venue and trading screen in one process: http://127.0.0.1:8080',
    examples: [
      'tickwire start',
      'TICKWIRE_PORT=8090 tickwire start',
      'TICKWIRE_VENUES=coinbase TICKWIRE_COINBASE_PRODUCTS=BTC-USD,ETH-USD tickwire start',
    ],
  },
  hub: {
    about: 'one hub: sockets in, prices out; joined by Redis',
    description: `One hub process. Run as many as are needed; they keep no state that matters. SIGTERM drains it: clients are sent to other hubs over TICKWIRE_DRAIN_MS.`,
    examples: [
      'TICKWIRE_REDIS_URL=redis://127.0.0.1:6379 tickwire hub',
      'TICKWIRE_HOST=0.0.0.0 TICKWIRE_AUTH=jwt TICKWIRE_JWT_SECRET=… tickwire hub',
      'TICKWIRE_PORT=8081 TICKWIRE_OPERATIONS_PORT=9091 tickwire hub     # a second one on this machine',
    ],
  },
  feed: {
    about: 'one feed adapter: venues in, ticks to Redis',
    description: 'One feed adapter process. Of several with the same venues one leads, the others stand by.',
    examples: [
      'TICKWIRE_REDIS_URL=redis://127.0.0.1:6379 tickwire feed',
      'TICKWIRE_VENUES=binance TICKWIRE_BINANCE_SYMBOLS=BTC-USDT@BTCUSDT tickwire feed',
      'TICKWIRE_VENUES=file TICKWIRE_FILE_PATH=trades.csv.gz TICKWIRE_FILE_PACE=10 tickwire feed',
    ],
  },
} as const satisfies Readonly<Record<ScriptName, object>>;

/** The processes of Tickwire. They take no arguments, so that none is ignored in silence. */
export function processCommands(run: (name: ScriptName) => Promise<number> | number): Subcommand {
  return (program, choose) => {
    for (const [name, { about, description, examples }] of Object.entries(processes)) {
      const words = { description: `${description}\n\n${keysHint}`, examples };
      describedCommand(program, name, about, words)
        .showHelpAfterError(`tickwire ${name} takes no arguments. ${keysHint}`)
        .action(() => choose(() => run(name as ScriptName)));
    }
  };
}
