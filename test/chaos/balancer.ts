import { readiness } from '../pages.ts';
import type { HubProcess } from '../processes.ts';
import { type ProxyLink, TcpProxy } from './tcp-proxy.ts';
import { within } from './timed.ts';

const checkMs = 250;
/** A hub that does not answer the check for so long gets no new clients. */
const answerMs = 1000;

/** What stands before the hubs: a new connection goes to the ready hub that has the fewest. */
export interface Balancer {
  readonly proxy: TcpProxy;
  readonly url: string;
  linksOf(hub: HubProcess): ProxyLink[];
  /** Cuts off as many clients of each hub as it has above its share; they come back to the others. */
  level(): void;
  close(): Promise<void>;
}

/** @param hubs those that run just now */
export async function openBalancer(hubs: () => readonly HubProcess[]): Promise<Balancer> {
  let ready: readonly HubProcess[] = hubs();
  /** By port: connections given since the last check, of which some are still being opened. */
  const given = new Map<number, number>();

  const check = async (): Promise<void> => {
    const checked = await Promise.all(
      hubs().map(async (hub) => ({ hub, status: await within(answerMs, readiness(hub)) })),
    );
    ready = checked.filter(({ status }) => status === 200).map(({ hub }) => hub);
    given.clear();
  };
  const timer = setInterval(() => void check(), checkMs);

  const linksOf = (hub: HubProcess): ProxyLink[] =>
    [...proxy.links].filter((link) => link.targetPort === hub.port);

  const choose = (): number | undefined => {
    const [least] = ready
      .map((hub) => ({ port: hub.port, load: linksOf(hub).length + (given.get(hub.port) ?? 0) }))
      .sort((a, b) => a.load - b.load);
    if (least !== undefined) given.set(least.port, (given.get(least.port) ?? 0) + 1);
    return least?.port;
  };

  const proxy = await TcpProxy.open(choose);
  return {
    proxy,
    url: `ws://127.0.0.1:${proxy.port}/ws`,
    linksOf,
    level() {
      const share = Math.ceil((1.1 * proxy.links.size) / hubs().length);
      for (const hub of hubs()) proxy.reset(linksOf(hub).slice(share));
    },
    async close() {
      clearInterval(timer);
      await proxy.close();
    },
  };
}
