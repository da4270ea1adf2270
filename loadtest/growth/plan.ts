import { parseScenario, type Scenario } from '#loadtest/swarm/scenario.ts';

/** What grows: a plot of its own, with one line or several. */
export const growths = ['sockets', 'symbols', 'hubs'] as const;

/** What grows while the rest stays. */
export type Growth = (typeof growths)[number];

/** One run: where it stands in a plot, and what the swarm is to do. */
export interface Step {
  readonly growth: Growth;
  readonly line: string;
  readonly x: number;
  readonly scenario: Scenario;
}

/** In words, below the plot. */
export const assumptions: Readonly<Record<Growth, string>> = {
  sockets: '1 hub; each socket 5 of 50,000 symbols and 1 update/s; 10,000 ticks/s in',
  symbols: '1 hub; 2,000 sockets × 20 symbols, each symbol 0.5 ticks/s: always 20,000 deliveries/s',
  hubs: '12,000 sockets × 5 of 10,000 symbols, 10,000 ticks/s: always 60,000 deliveries/s',
};

/** Every run of a growth, from the smallest on. @param seconds measured, each */
export function stepsOf(growth: Growth, seconds: number): Step[] {
  switch (growth) {
    case 'sockets':
      return [1000, 6000, 12_000, 18_000].flatMap((sockets) =>
        [0, 5000].map((frequency) => ({
          growth,
          line: frequency === 0 ? 'every update' : 'class of 5 s',
          x: sockets,
          scenario: scenarioOf(seconds, {
            sockets,
            symbolsPerSocket: 5,
            frequency,
            // The first time of a class has to come round before it delivers as often as it will.
            warmUpSeconds: frequency === 0 ? 5 : 10,
            ...stage(1, 50_000, 10_000),
          }),
        })),
      );
    case 'symbols':
      return [100, 10_000, 25_000, 50_000].map((symbols) => ({
        growth,
        line: 'every update',
        x: symbols,
        scenario: scenarioOf(seconds, {
          sockets: 2000,
          symbolsPerSocket: 20,
          ...stage(1, symbols, symbols / 2),
        }),
      }));
    case 'hubs':
      return [1, 2, 3, 4].map((hubs) => ({
        growth,
        line: 'all hubs together',
        x: hubs,
        scenario: scenarioOf(seconds, {
          sockets: 12_000,
          symbolsPerSocket: 5,
          ...stage(hubs, 10_000, 10_000),
        }),
      }));
  }
}

function stage(hubs: number, symbols: number, ticksPerSecond: number) {
  return { target: { stage: { hubs, feed: { symbols, ticksPerSecond } } } };
}

/** The swarm's own parser fills in what is not said. */
function scenarioOf(seconds: number, scenario: Readonly<Record<string, unknown>>): Scenario {
  return parseScenario(JSON.stringify({ durationSeconds: seconds, ...scenario }), 'growth');
}
