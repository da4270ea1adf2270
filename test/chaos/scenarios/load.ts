import type { RawUser } from '../raw-user.ts';
import type { Scenario } from '../scenario.ts';
import { lasts } from '../timed.ts';

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
