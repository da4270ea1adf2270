import { readiness } from '../pages.ts';
import type { HubProcess } from '../processes.ts';
import { type ProxyLink, TcpProxy } from './tcp-proxy.ts';
import { within } from './timed.ts';

const checkMs = 250;
/** A hub that does not answer the check for so long gets no new clients. */
const answerMs = 1000;

/** What stands before the hubs: a new connection goes to any hub that is ready. */
export interface Balancer {
  readonly proxy: TcpProxy;
  readonly url: string;
  linksOf(hub: HubProcess): ProxyLink[];
  /** Cuts clients off of a hub that has far above its share; they come back to any. */
  level(): void;
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

  // In turn would not do: clients of two kinds that connect in turn would each have a hub for themselves.
  const choose = (): number | undefined => ready[Math.floor(Math.random() * ready.length)]?.port;

  const proxy = await TcpProxy.open(choose);
  return {
    proxy,
    url: `ws://127.0.0.1:${proxy.port}/ws`,
    linksOf,
    level() {
      const share = Math.ceil((1.2 * proxy.links.size) / hubs().length);
      for (const hub of hubs()) proxy.reset(linksOf(hub).slice(share));
    },
    async close() {
      clearInterval(timer);
      await proxy.close();
    },
  };
}
