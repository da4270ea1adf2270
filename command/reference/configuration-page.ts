import { redisKeys } from '#fanout/config.ts';
import { feedKeys } from '#feed-adapter/config.ts';
import { venueKeys } from '#feed-adapter/venue-keys.ts';
import { authKeys } from '#hub/auth/config.ts';
import { hubKeys } from '#hub/config.ts';
import { edgeKeys } from '#hub/edge-config.ts';
import type { ConfigKey, ConfigKeys } from '#runtime/config/config.ts';
import { processKeys } from '#runtime/process-keys.ts';
import { traceKeys } from '#runtime/tracing/trace-keys.ts';

/** Text of docs/configuration.md: every key of every process, as the processes themselves read them. */
export function configurationPage(): string {
  return `${introduction}\n${chapters.map(chapterText).join('\n')}\n${otherKeys}`;
}

interface Chapter {
  readonly title: string;
  readonly about: string;
  readonly keys: ConfigKeys;
}

const introduction = `# Configuration

<!-- Written by \`npm run docs\` from the keys in the sources; a test holds that it is up to date. -->

Every process is configured by its environment. A key that begins with \`TICKWIRE_\` and that no process knows, or whose
value is out of its range, stops the start with every problem listed; \`tickwire doctor\` says the same without a start.
An empty value is as good as none. Keys of other processes are ignored, so all may share one environment. What is marked
*secret* is never shown or logged.

| process | reads |
| --- | --- |
| \`tickwire start\`, \`npm start\` | every process, the hub's and the feed adapter's; of Redis \`TICKWIRE_REPLAY_ENTRIES\` alone |
| \`tickwire hub\`, \`npm run hub\` | every process, Redis, the hub's |
| \`tickwire feed\`, \`npm run feed\` | every process, Redis, the feed adapter's |
`;

const chapters: readonly Chapter[] = [
  { title: 'Every process', about: '', keys: without(processKeys, traceKeys) },
  {
    title: 'Every process: traces',
    about: 'OpenTelemetry reads more keys of its own, in [tracing.md](tracing.md#keys).',
    keys: traceKeys,
  },
  {
    title: 'Redis',
    about: 'How Redis itself should be set is in [operations.md](operations.md#redis).',
    keys: redisKeys,
  },
  {
    title: 'Hub: sockets and HTTP',
    about: '',
    keys: without(hubKeys, authKeys, edgeKeys),
  },
  {
    title: 'Hub: who may come in',
    about: 'More in [security.md](security.md#who-may-connect).',
    keys: edgeKeys,
  },
  {
    title: 'Hub: tokens',
    about: 'More in [security.md](security.md#authentication-and-entitlements).',
    keys: authKeys,
  },
  { title: 'Feed adapter', about: '', keys: without(feedKeys, venueKeys) },
  {
    title: 'Feed adapter: venues',
    about: 'Those of the venues that `TICKWIRE_VENUES` names are read.',
    keys: venueKeys,
  },
];

/** Not read by \`readConfig\`: kept here by hand. */
const otherKeys = `## Other keys

| key | of | |
| --- | --- | --- |
| \`TICKWIRE_TEST_…\` | \`npm test\` | programs that the tests start, in [CONTRIBUTING.md](../CONTRIBUTING.md) |
| \`TICKWIRE_PROMETHEUS_URL\` | Grafana, in \`compose.yml\` | where its data source finds Prometheus |
| \`NO_COLOR\` | \`tickwire\` | set to anything: no colours in the terminal |
`;

function without(keys: ConfigKeys, ...others: readonly ConfigKeys[]): ConfigKeys {
  const elsewhere = new Set(others.flatMap((each) => Object.keys(each)));
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !elsewhere.has(name)));
}

function chapterText({ title, about, keys }: Chapter): string {
  const rows = Object.values(keys).map(rowOf);
  const table = ['| key | default | range | |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return `## ${title}\n\n${about === '' ? '' : `${about}\n\n`}${table}\n`;
}

function rowOf(key: ConfigKey<unknown>): string {
  const about = key.secret === true ? `${key.about}; *secret*` : key.about;
  return `| \`${key.env}\` | ${defaultOf(key.fallback)} | ${cell(key.range)} | ${cell(about)} |`;
}

function defaultOf(fallback: unknown): string {
  if (fallback === undefined) return '**required**';
  if (fallback === '' || (Array.isArray(fallback) && fallback.length === 0)) return 'none';
  if (typeof fallback === 'boolean') return fallback ? '`1`' : '`0`';
  return `\`${cell(String(fallback))}\``;
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
