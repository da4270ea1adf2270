import { readFileSync, writeFileSync } from 'node:fs';
import { hubKeys, hubLimits } from '#hub/config.ts';
import type { ListenerLimits } from '#hub/listener/listener.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { readConfig } from '#runtime/config/config.ts';
import { withResults } from './document.ts';
import { startEchoServer } from './echo-server.ts';
import { failureList, hasFailed, resultTable } from './results.ts';
import { runSuite, whyMissing } from './suite.ts';

const commandLine = {
  command: 'npm run conformance',
  about:
    "The Autobahn test suite against an echo server with the hub's build of uWebSockets.js and its settings. Cases of messages above the hub's bound run a second time with the bound raised. WSTEST_BIN names the suite's wstest.",
  options: { write: { about: 'the tables go to docs/conformance.md' } },
} as const;

const document = new URL('../../docs/conformance.md', import.meta.url);
/** The suite's largest message has 16 MiB. */
const largestMessageBytes = 16 * 1024 * 1024;

const hubSettings: ListenerLimits = hubLimits(readConfig(hubKeys, {}));
const raised: ListenerLimits = { ...hubSettings, frameBytesMax: largestMessageBytes };

async function judge(binary: string, limits: ListenerLimits, cases: readonly string[]) {
  const server = await startEchoServer(limits);
  try {
    const results = await runSuite(binary, server.url, cases);
    const failed = results.filter(hasFailed);
    return { failed, text: [resultTable(results), failureList(results)].filter(Boolean).join('\n\n') };
  } finally {
    server.stop();
  }
}

/** `npm run conformance`; see `commandLine`. */
async function main(write: boolean, binary: string): Promise<number> {
  const missing = whyMissing(binary);
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    return 1;
  }
  const asServed = await judge(binary, hubSettings, ['*']);
  const large = await judge(binary, raised, ['9.*']);
  process.stdout.write(`The hub's settings:\n\n${asServed.text}\n\nMessages of 16 MiB:\n\n${large.text}\n`);
  if (write) {
    const page = readFileSync(document, 'utf8');
    writeFileSync(document, withResults(page, { served: asServed.text, large: large.text }));
  }
  const byTheBound = asServed.failed.every(({ id }) => id.startsWith('9.'));
  return byTheBound && large.failed.length === 0 ? 0 : 1;
}

const { argv, env } = process;
process.exitCode = await runScript(commandLine, argv.slice(2), process, ({ options }) =>
  main(options.write, env.WSTEST_BIN || 'wstest'),
);
process.exit();
