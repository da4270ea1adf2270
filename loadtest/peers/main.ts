import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { writeMarkedSection } from '#loadtest/bench/report/marked-section.ts';
import { formatTable, markdownTable } from '#loadtest/report/table.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { type PeersOptions, peersCommandLine, peersOptions } from './arguments.ts';
import { centrifugoPeers } from './centrifugo.ts';
import { nodePeers } from './node-peers.ts';
import { type PeerResult, type Summary, sit, summarise, whole } from './sitting.ts';

const known = [...nodePeers, ...centrifugoPeers(process.env.CENTRIFUGO_BIN)];

/*
 * How does a hub compare with what a user would pick instead? Each is driven by the same sockets, which check
 * every update, in runs that alternate:
 *
 *   feed ──▶ Redis ──▶ tickwire | uws-redis | ws | socket.io | socket.io-uws ──▶ the swarm's sockets
 *   feed ──▶ HTTP API ──▶ centrifugo | centrifugo-tuned ──────────────────────▶ the same
 *                 timer ▶ uws ────────────────────────────────────────────────▶ the same
 *
 * Timed: CPU seconds, user and system, of the one server process.
 */
async function main(options: PeersOptions): Promise<number> {
  const names = options.names.length > 0 ? options.names : (options.workload.peers ?? []);
  const wanted = names.flatMap((name) => known.filter((peer) => peer.name === name));
  const peers = wanted.length > 0 ? wanted : known;
  const began = new Date();
  const results = await sit({ ...options, peers }, (line) => console.log(`${clock()} ${line}`));
  const sitting: Sitting = { options, began, results, summaries: summarise(results) };
  console.log(formatTable(rowsOf(sitting)));
  for (const { peer, problem } of sitting.summaries)
    if (problem !== undefined) console.log(`${peer}: ${problem}`);
  if (options.write) writeTable(sitting);
  if (options.out !== undefined) await writeReport(options.out, sitting);
  const failed = sitting.summaries.some(
    ({ problem, runsHeld }) => problem === undefined && /^0\//.test(runsHeld),
  );
  return failed ? 1 : 0;
}

/** What was asked for, and what came of it. */
interface Sitting {
  readonly options: PeersOptions;
  readonly began: Date;
  readonly results: readonly PeerResult[];
  readonly summaries: readonly Summary[];
}

function rowsOf({ results, summaries }: Pick<Sitting, 'results' | 'summaries'>) {
  const first = results[0]?.peer;
  return summaries.map((summary) => rowOf(summary, first));
}

function rowOf(summary: Summary, first: string | undefined): Record<string, string | number> {
  const figure = (value: number, digits = 0): string =>
    Number.isFinite(value) ? value.toLocaleString('en-US', { maximumFractionDigits: digits }) : '–';
  return {
    peer: summary.peer,
    version: summary.version,
    held: summary.runsHeld,
    'deliveries/s': figure(summary.rateHeld),
    'per CPU s': figure(summary.perCpuSecond),
    'spread %': figure(summary.spreadPercent),
    [`${first} is × better`]: figure(summary.firstIsBetter, 2),
    'p99 ms': figure(summary.p99Ms),
    'bytes/socket': figure(summary.bytesPerSocket),
    '× memory': figure(summary.memoryOfFirst, 2),
  };
}

/** Each workload has a place of its own in docs/peers.md; the words around it stay. */
function writeTable({ options, began, results, summaries }: Sitting): void {
  const { name } = options.workload;
  const left = summaries.flatMap(({ peer, problem }) =>
    problem === undefined ? [] : [`${peer}: ${problem}.`],
  );
  const measured = summaries.filter(({ problem }) => problem === undefined);
  const place = `${began.toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}; ${options.rounds} runs of each, ${options.seconds} s, forward and backward.`;
  const rows = rowsOf({ results, summaries: measured }).map(({ version: _, held: __, ...row }) => row);
  const text = [markdownTable(rows), ...left, place].join('\n\n');
  const path = fileURLToPath(new URL('../../docs/peers.md', import.meta.url));
  writeMarkedSection(path, `peers-${name}`, text);
}

async function writeReport(file: string, { options, began, results, summaries }: Sitting): Promise<void> {
  const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`;
  const { workload, seconds } = options;
  const report = { began, machine, workload, seconds, summary: summaries, runs: results };
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`${whole(results.length)} peers written to ${file}`);
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}

const commandLine = peersCommandLine(known.map(({ name }) => name));
process.exit(
  await runScript(commandLine, process.argv.slice(2), process, (asked) => main(peersOptions(asked))),
);
