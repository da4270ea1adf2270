import { setTimeout as delay } from 'node:timers/promises';
import { type Scenario, SwarmError } from './scenario.ts';
import { mergeStandings, type Swarm, type SwarmScenario, startSwarm } from './swarm.ts';
import type { Target } from './target/target.ts';
import type { Standings } from './worker/worker-messages.ts';

const symbolsPerLateSocket = 500;
const timeoutMs = 30_000;
const lookMs = 100;

/**
 * Where every symbol stands: what late subscribers to all of them are told, or what any socket has, whichever
 * is further (other hubs tell a late subscriber nothing).
 * @throws SwarmError when the late subscribers are not served
 */
export async function standingsAtEnd(scenario: Scenario, target: Target, swarm: Swarm): Promise<Standings> {
  const held = await swarm.furthest();
  const catalogue = target.catalogue.filter((symbol) => held.has(symbol));
  return mergeStandings([held, await lateStandings(scenario, { ...target, catalogue })]);
}

async function lateStandings(scenario: Scenario, target: Target): Promise<Standings> {
  const order = lateSubscribers(scenario, target.catalogue.length);
  const late = await startSwarm(order, target);
  const deadline = performance.now() + timeoutMs;
  try {
    for (;;) {
      const { subscribed, words } = await late.sample();
      if (subscribed === order.sockets && (await late.behind(new Map(), false)) === 0)
        return await late.furthest();
      if (words[0] !== undefined) throw new SwarmError(`the late subscriber: ${words[0]}`);
      if (performance.now() > deadline)
        throw new SwarmError('the late subscriber was not served within 30 s');
      await delay(lookMs);
    }
  } finally {
    await late.stop();
  }
}

function lateSubscribers({ seed }: Scenario, symbols: number): SwarmScenario {
  const symbolsPerSocket = Math.min(symbols, symbolsPerLateSocket);
  return {
    sockets: Math.ceil(symbols / symbolsPerSocket),
    workers: 1,
    rampPerSecond: 1000,
    symbolsPerSocket,
    symbols: { choice: 'slices' },
    seed,
    frequency: 0,
    slow: undefined,
    churn: undefined,
    reconnect: false,
  };
}
