import { formatNumber, markdownTable } from '#loadtest/report/table.ts';
import type { Costs } from './costs.ts';
import { type Point, wantedShare } from './point.ts';

/** The load that is planned for, and what is taken for granted. */
const users = 500_000;
const symbolsPerUser = 5;
const symbols = 50_000;
const classSeconds = 5;
const socketsPerHub = 15_000;
/** One zone of three is lost. */
const spare = 1.5;
const quotesPerSecond = 100_000;
const conflatedPerSecond = symbols / classSeconds;
/** Of one update on its way to a client, and of a message from Redis to a hub. */
const deliveryBytes = 170;
const messageBytes = 110;

/** The generated part of docs/capacity.md: what things cost by the curves, the points, and the plan made of them. */
export function capacityMarkdown(points: readonly Point[], costs: Costs, place: string): string {
  return [
    `Measured: ${place}.`,
    '![hub CPU by sockets](benchmarks/growth-sockets.svg)',
    '![hub CPU by symbols](benchmarks/growth-symbols.svg)',
    '![hub CPU by hubs](benchmarks/growth-hubs.svg)',
    '### What each thing costs',
    costsTable(costs),
    worstText(costs),
    `### ${formatNumber(users)} connected users`,
    planTable(costs),
    `The measured points are in [growth.json](benchmarks/growth.json). ${heldText(points)}`,
  ].join('\n\n');
}

function costsTable(costs: Costs): string {
  const micro = (seconds: number): string => `${formatNumber(seconds * 1e6)} µs`;
  const rows: [string, string][] = [
    ['hub, a tick that it receives', micro(costs.receiveSeconds)],
    ['hub, a delivery of every update', micro(costs.deliverSeconds)],
    ['hub, a delivery to a class of 5 s', micro(costs.deliverClassSeconds)],
    ['hub that does nothing', `${formatNumber(costs.hubIdleCores)} cores`],
    ['Redis, a tick that is appended', micro(costs.appendSeconds)],
    ['Redis, a message to one hub', micro(costs.sendSeconds)],
    ['adapter, a tick', micro(costs.feedSeconds)],
    ['memory of a hub that does nothing', `${formatNumber(costs.hubBytes / 1e6)} MB`],
    ['memory of a socket with its subscriptions', `${formatNumber(costs.socketBytes)} bytes`],
    ['memory of a symbol that is wanted', `${formatNumber(costs.symbolBytes)} bytes`],
  ];
  return markdownTable(rows.map(([what, value]) => ({ what, 'CPU or memory': value })));
}

function worstText({ worst: { point, fittedCores } }: Costs): string {
  return (
    `Fitted by least squares; below 0 counts as 0. Furthest from the fit: ${formatNumber(point.x)} ${point.growth}, ` +
    `${point.line}, measured ${formatNumber(point.hubCores)} cores of the hubs, fitted ${formatNumber(fittedCores)}.`
  );
}

function planTable(costs: Costs): string {
  return markdownTable(planRows(costs).map(([what, arithmetic, result]) => ({ what, arithmetic, result })));
}

/** What, how it is reckoned, and the result. */
function planRows(costs: Costs): readonly (readonly [string, string, string])[] {
  const hubs = Math.ceil(users / socketsPerHub);
  const share = wantedShare(socketsPerHub, symbolsPerUser, symbols);
  const deliveries = (socketsPerHub * symbolsPerUser) / classSeconds;
  const send = costs.deliverClassSeconds * deliveries + costs.hubIdleCores;
  const receive = (ticks: number): number => ticks * share * costs.receiveSeconds;
  const sent = conflatedPerSecond * share * hubs;
  const memory = costs.hubBytes + socketsPerHub * costs.socketBytes + share * symbols * costs.symbolBytes;
  const updates = (users * symbolsPerUser) / classSeconds;
  const n = formatNumber;
  return [
    ['deliveries', `${n(users)} × ${symbolsPerUser} ÷ ${classSeconds} s`, `${n(updates)}/s`],
    [
      'hubs',
      `${n(users)} ÷ ${n(socketsPerHub)} = ${hubs}; one zone of three lost: × ${spare}`,
      `${Math.ceil(hubs * spare)} pods`,
    ],
    [
      'symbols that a hub wants',
      `1 − (1 − ${symbolsPerUser} ÷ ${n(symbols)})^${n(socketsPerHub)}`,
      `${n(100 * share)} %`,
    ],
    [
      'CPU of a hub, to send',
      `${n(deliveries)}/s × ${n(costs.deliverClassSeconds * 1e6)} µs + ${n(costs.hubIdleCores)}`,
      `${n(send)} cores`,
    ],
    [
      'to receive, conflated before Redis',
      `${n(conflatedPerSecond)}/s × ${n(share)} × ${n(costs.receiveSeconds * 1e6)} µs`,
      `${n(receive(conflatedPerSecond))} cores`,
    ],
    [
      'to receive every quote instead',
      `${n(quotesPerSecond)}/s × ${n(share)} × ${n(costs.receiveSeconds * 1e6)} µs`,
      `${n(receive(quotesPerSecond))} cores`,
    ],
    [
      'CPU of a hub, conflated',
      'to send + to receive; a reconnect storm doubles it for some seconds',
      `${n(send + receive(conflatedPerSecond))} cores`,
    ],
    [
      'memory of a hub',
      `${n(costs.hubBytes / 1e6)} MB + ${n(socketsPerHub)} × ${n(costs.socketBytes)} + ${n(share * symbols)} × ${n(costs.symbolBytes)} bytes`,
      `${n(memory / 1e6)} MB`,
    ],
    [
      'Redis, to append',
      `${n(conflatedPerSecond)}/s × ${n(costs.appendSeconds * 1e6)} µs`,
      `${n(conflatedPerSecond * costs.appendSeconds)} cores`,
    ],
    [
      'Redis, to send',
      `${n(conflatedPerSecond)}/s × ${n(share)} × ${hubs} hubs × ${n(costs.sendSeconds * 1e6)} µs`,
      `${n(sent * costs.sendSeconds)} cores`,
    ],
    [
      'adapter',
      `${n(conflatedPerSecond)}/s × ${n(costs.feedSeconds * 1e6)} µs; one leads, one stands by`,
      `${n(conflatedPerSecond * costs.feedSeconds)} cores each`,
    ],
    [
      'network to clients',
      `${n(updates)}/s × ${deliveryBytes} bytes`,
      `${n((updates * deliveryBytes) / 1e6)} MB/s`,
    ],
    ['network from Redis', `${n(sent)}/s × ${messageBytes} bytes`, `${n((sent * messageBytes) / 1e6)} MB/s`],
  ];
}

function heldText(points: readonly Point[]): string {
  const failed = points.filter(({ failures }) => failures.length > 0);
  const names = failed.map(({ growth, x, line }) => `${formatNumber(x)} ${growth} (${line})`);
  return names.length === 0 ? 'Every point held.' : `Not held: ${names.join(', ')}.`;
}
