import { markdownTable, type TableRow } from '#loadtest/report/table.ts';
import type { StoredOutcome, StoredOutcomes } from './results.ts';
import type { Scenario } from './scenario.ts';
import { heartbeatMs, stageDefaults } from './stage.ts';
import { stalledMs, type TrialResult } from './trial.ts';

/** The page of all faults. @param all scenarios; those without an outcome are named as such */
export function reliabilityPage(
  outcomes: StoredOutcomes,
  all: readonly Pick<Scenario, 'name' | 'remark'>[] = [],
): string {
  const entries = Object.entries(outcomes);
  const parts = [
    introduction,
    '## What clients saw',
    markdownTable(entries.map(([name, outcome]) => clientRow(name, outcome))),
    reading,
    '## What had to hold',
    markdownTable(entries.flatMap(([name, outcome]) => promiseRows(name, outcome))),
    '## Memory',
    markdownTable(
      entries.flatMap(([name, { result }]) => (result === undefined ? [] : [memoryRow(name, result)])),
    ),
    '## What did not hold',
    broken(entries),
    notRun(all.map(({ name }) => name).filter((name) => outcomes[name] === undefined)),
    '## The faults',
    entries.map(([name, { fault, redis }]) => `- **${name}** (${redis}): ${fault}.`).join('\n'),
    remarks(all.filter(({ name }) => outcomes[name] !== undefined)),
    origin(entries),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** One line of the table of all clients. */
export function clientRow(name: string, { result, failures }: StoredOutcome): TableRow {
  const verdict = failures.length === 0 ? 'holds' : '**fails**';
  if (result === undefined) return { ...emptyRow, fault: name, verdict };
  const { findings } = result;
  return {
    fault: name,
    gaps: findings.gaps,
    duplicates: findings.duplicates,
    disorder: findings.disorder,
    other: findings.other,
    'told of loss': told(result),
    stalled: `${result.stalled} of ${result.users}`,
    'stall, median': ms(result.stallMedianMs),
    'stall, longest': ms(result.stallMaxMs),
    'live again, median': ms(result.liveMedianMs),
    'live again, all': ms(result.liveMaxMs),
    verdict,
  };
}

const emptyRow = {
  ...{ fault: '', gaps: '?', duplicates: '?', disorder: '?', other: '?', 'told of loss': '?', stalled: '?' },
  ...{ 'stall, median': '?', 'stall, longest': '?', 'live again, median': '?', 'live again, all': 'never' },
};

const introduction = `# Reliability

Written by \`npm run chaos -- --write\`; change the scenarios in \`test/chaos/\`, not this page. Each scenario runs real processes:
Redis, an adapter and its standby, ${stageDefaults.hubs} hubs or more behind a balancer, and ${stageDefaults.users} clients that reconnect by
themselves, half of them on the SDK and half raw sockets, JSON and MessagePack, most of them with every update and some
with a \`frequency\`. One fault is injected while ${stageDefaults.ticksPerSecond} updates per second flow; every message that a client gets is
judged, those of raw clients by the coverage oracle against what was published.

\`\`\`text
npm run chaos                             every scenario
npm run chaos -- hub-killed cluster-      those whose names begin so
npm run chaos -- --soak-minutes 60 soak   a longer soak
npm run chaos -- --list                   the names, and about how long it takes
npm run chaos -- --write                  writes this page; with names, the others keep their figures
\`\`\`

\`npm test\` has a short form: three of them, with 60 clients, judged by what was seen and not by the time it took.`;

const reading = `Gaps (numbers missing, and no \`reset\` said so), duplicates, disorder and anything else against the contract must be 0
everywhere. "Told of loss" counts the \`reset\` messages of all clients and symbols. A stall is a time in which a symbol
of a client has no update, beyond the venue's interval and what its \`frequency\` allows; those above ${stalledMs} ms are
counted, and "live again" is the time from the fault to the end of the last of them. Hubs beat every ${heartbeatMs} ms here (15 s by default): a client takes a silent connection
for dead after twice as long. SDK clients have its default back-off. "Accepts writes" begins, of a Sentinel group, when a
sentinel names a master that takes a write, of a cluster, when the promoted replica does. Where Redis lost writes, the
content of those that clients had seen can not be compared with anything.

Not covered: faults of the machine (disk, memory, a clock of Redis itself), networks that lose single packets, more
than one fault at a time.`;

function promiseRows(name: string, { result }: StoredOutcome): TableRow[] {
  return (result?.promised ?? []).map(({ text, measured, held }) => ({
    fault: name,
    'must hold': text,
    measured,
    verdict: held ? 'held' : '**not held**',
  }));
}

function memoryRow(name: string, { hubBytes, feedBytes, calmStallMs, ownLagMs }: TrialResult): TableRow {
  return {
    fault: name,
    'hub, before': mebibytes(hubBytes[0]),
    'hub, after': mebibytes(hubBytes[1]),
    'adapter, before': mebibytes(feedBytes[0]),
    'adapter, after': mebibytes(feedBytes[1]),
    'longest stall before the fault': ms(calmStallMs),
    'suite held up': ms(ownLagMs),
  };
}

function broken(entries: readonly (readonly [string, StoredOutcome])[]): string {
  const lines = entries.flatMap(([name, { failures }]) =>
    failures.map((failure) => `- **${name}**: ${failure}`),
  );
  return lines.length === 0 ? 'Nothing: every scenario held all of its promises.' : lines.join('\n');
}

function notRun(names: readonly string[]): string {
  return names.length === 0 ? 'Every scenario was run.' : `Not run for this page: ${names.join(', ')}.`;
}

function remarks(all: readonly Pick<Scenario, 'name' | 'remark'>[]): string {
  const lines = all.flatMap(({ name, remark }) => (remark === undefined ? [] : [`- **${name}**: ${remark}`]));
  return lines.length === 0 ? '' : `## How to read some of them\n\n${lines.join('\n')}`;
}

function origin(entries: readonly (readonly [string, StoredOutcome])[]): string {
  const origins = new Set(entries.map(([, { date, machine }]) => `${date}; ${machine}`));
  return `Measured ${[...origins].join(' and ')}; everything on that one machine.`;
}

function told({ resets }: TrialResult): string {
  const parts = Object.entries(resets).map(([reason, count]) => `${count.toLocaleString('en-US')} ${reason}`);
  return parts.length === 0 ? '0' : parts.join(', ');
}

function ms(value: number): string {
  return `${Math.round(value).toLocaleString('en-US')} ms`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}
