import { readiness } from '#test/harness/pages.ts';
import type { HubProcess } from '#test/harness/processes.ts';
import { until } from '#test/harness/redis/until.ts';
import { type ProxyLink, TcpProxy } from './tcp-proxy.ts';
import { within } from './timed.ts';

const checkMs = 250;
/** A hub that does not answer the check for so long gets no new clients. */
const answerMs = 1000;
const readyTimeoutMs = 15_000;
/** A hub that has so many connections more than another gets no new ones. */
const slackConnections = 10;

/** What stands before the hubs: a new connection goes to a hub that is ready. */
export interface Balancer {
  readonly proxy: TcpProxy;
  readonly url: string;
  linksOf(hub: HubProcess): ProxyLink[];
  /**
   * Waits until every hub is ready and cuts clients off of those that have far above their share.
   * @throws Error when a hub does not get ready
   */
  level(): Promise<void>;
  close(): Promise<void>;
}

/** @param hubs those that run just now */
export async function openBalancer(hubs: () => readonly HubProcess[]): Promise<Balancer> {
  let ready: readonly HubProcess[] = hubs();
  const check = async (): Promise<void> => {
    const checked = await Promise.all(
      hubs().map(async (hub) => ({ hub, status: await within(answerMs, readiness(hub)) })),
    );
    ready = checked.filter(({ status }) => status === 200).map(({ hub }) => hub);
  };
  const timer = setInterval(() => void check(), checkMs);

  const linksOf = (hub: HubProcess): ProxyLink[] =>
    [...proxy.links].filter((link) => link.targetPort === hub.port);

  // Always the one with fewest would not do: of clients of two kinds that connect in turn, each kind would have a
  // hub for itself.
  const choose = (): number | undefined => {
    const candidates = ready.map((hub) => ({ hub, links: linksOf(hub).length }));
    const fewest = Math.min(...candidates.map(({ links }) => links));
    const free = candidates.filter(({ links }) => links < fewest + slackConnections);
    return free[Math.floor(Math.random() * free.length)]?.hub.port;
  };

  const proxy = await TcpProxy.open(choose);
  return {
    proxy,
    url: `ws://127.0.0.1:${proxy.port}/ws`,
    linksOf,
    async level() {
      await until('every hub is ready', () => ready.length === hubs().length, readyTimeoutMs);
      const share = Math.ceil((1.1 * proxy.links.size) / hubs().length);
      for (const hub of hubs()) proxy.reset(linksOf(hub).slice(share));
    },
    async close() {
      clearInterval(timer);
      await proxy.close();
    },
  };
}
