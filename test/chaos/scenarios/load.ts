import { processResidentBytes } from '#loadtest/swarm/process-usage.ts';
import type { RawUser } from '../raw-user.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { lasts } from '../timed.ts';
import { median, type Trial } from '../trial.ts';

/** Of 240 clients: one in twenty reads slowly, one in a hundred not at all. */
const slowReaders = 12;
const deadReaders = 3;
const slowMs = 20_000;
const rollingStallMs = 250;

/** What a fleet goes through without any fault. */
export const loadScenarios: readonly Scenario[] = [
  {
    name: 'slow-readers',
    fault:
      '5 % of the clients read for 20 ms of each second, 1 % not at all; each of them holds the whole market',
    redis: 'standalone',
    stage: {
      ...{ ticksPerSecond: 2000, symbolsPerUser: 1, wholeMarketUsers: slowReaders + deadReaders },
      hubSettings: { SOCKET_BUFFER_BYTES: 16_384, SLOW_PATIENCE_MS: 2000 },
    },
    async run(trial) {
      const { crowd } = trial.stage;
      const wholeMarket = crowd.raw.slice(0, slowReaders + deadReaders);
      const others = crowd.users.filter((user) => !wholeMarket.includes(user as RawUser));
      trial.fault();
      const stops = wholeMarket.map((user, i) => user.readSlowly(i < slowReaders ? 20 : 0));
      await lasts(slowMs);
      const worst = trial.longestStallMs(others);
      const told = others.reduce((sum, user) => sum + user.resets, 0);
      for (const stop of stops) stop();
      trial.promiseWithin('longest stall of the clients that read', worst, 500);
      trial.promise('none of those was told of a loss', `${told} resets`, told === 0);
      const noticed = wholeMarket.filter(({ resets, connections }) => resets > 0 || connections > 1).length;
      trial.promise('slow readers are told, or closed', `${noticed} of ${wholeMarket.length}`, noticed > 0);
    },
  },
  {
    name: 'hubs-rolling-restart',
    fault: 'rolling restart of three hubs; SDK clients open the new socket before they leave the old one',
    redis: 'standalone',
    stage: { hubs: 3 },
    async run(trial) {
      const { stage } = trial;
      const resets = stage.crowd.users.reduce((sum, user) => sum + user.resets, 0);
      trial.fault();
      for (const place of stage.hubs) {
        await place.process.end('SIGTERM');
        await stage.startHub(place);
      }
      await stage.allLive(20_000);
      const { raw, sdk } = stage.crowd;
      trial.promiseWithin('longest stall of SDK clients', trial.longestStallMs(sdk), rollingStallMs);
      trial.promiseWithin('longest stall of raw clients, which close first', trial.longestStallMs(raw), 2000);
      const told = stage.crowd.users.reduce((sum, user) => sum + user.resets, 0) - resets;
      trial.promise('nobody was told of a loss', `${told} resets`, told === 0);
    },
  },
];

const sampleMs = 5000;
/** What a process may grow by from the second quarter of the time to the last one. */
const growthMax = 0.05;

/** @param soakMs how long it takes */
export function soakScenario(soakMs: number): Scenario {
  return {
    name: 'soak',
    fault: `${Math.round(soakMs / 60_000)} minutes of load, with 5 % of the clients cut off every 5 s`,
    redis: 'standalone',
    // Streams that are full soon, so that Redis, too, can be looked at.
    stage: { replayEntries: 100 },
    async run(trial) {
      const samples = new Map(processesOf(trial.stage).map(({ name }) => [name, [] as number[]]));
      const beganAt = trial.fault();
      for (let turn = 0; performance.now() - beganAt < soakMs; turn++) {
        trial.stage.balancer.proxy.reset(
          [...trial.stage.balancer.proxy.links].filter((_, i) => i % 20 === turn % 20),
        );
        await lasts(Math.min(sampleMs, soakMs / 8));
        for (const { name, pid } of processesOf(trial.stage))
          samples.get(name)?.push(processResidentBytes(pid) ?? 0);
      }
      for (const [name, bytes] of samples) promiseFlat(trial, name, bytes);
    },
  };
}

function processesOf({ hubs, feeds }: Stage) {
  return [
    ...hubs.map(({ process: { pid } }, i) => ({ name: `hub ${i + 1}`, pid })),
    ...feeds.map(({ process: { pid } }, i) => ({ name: `adapter ${i + 1}`, pid })),
  ];
}

function promiseFlat(trial: Trial, name: string, bytes: readonly number[]): void {
  const quarter = Math.floor(bytes.length / 4);
  const early = median(bytes.slice(quarter, 2 * quarter));
  const late = median(bytes.slice(3 * quarter));
  const growth = late / early - 1;
  const measured = `${mebibytes(early)} → ${mebibytes(late)} MiB (${(100 * growth).toFixed(1)} %)`;
  trial.promise(`RSS of ${name} grows by ≤ ${100 * growthMax} %`, measured, growth <= growthMax);
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
