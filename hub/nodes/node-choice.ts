import type { LiveInstance } from '#fanout/node-ports.ts';

/** A node that clients can be sent to. */
export interface OpenNode extends LiveInstance {
  readonly socketUrl: string;
}

/** Says which node the next client is sent to. */
export interface NodeChoice {
  /** The less loaded of two ready nodes that are taken by chance; undefined when none is ready. */
  choose(instances: readonly LiveInstance[]): OpenNode | undefined;
}

/** What was handed out of a node since it last said how many sockets it has. */
interface HandedOut {
  readonly expiresAt: number;
  sockets: number;
}

/**
 * Two choices are nearly as even as asking for the least loaded of all, and a hundred hubs that choose by figures of the
 * same moment do not all send their clients to the one node that was the emptiest then. Between two renewals of a node
 * what was handed out here counts as open there.
 * @param random 0 … 1
 */
export function createNodeChoice(random: () => number): NodeChoice {
  let handed = new Map<string, HandedOut>();

  const handedOutOf = ({ instance, expiresAt }: LiveInstance): HandedOut => {
    const known = handed.get(instance);
    if (known?.expiresAt === expiresAt) return known;
    const anew = { expiresAt, sockets: 0 };
    handed.set(instance, anew);
    return anew;
  };

  const loadOf = (node: LiveInstance): number => node.sockets + handedOutOf(node).sockets;

  const pick = (nodes: readonly OpenNode[]): OpenNode | undefined => {
    const first = Math.floor(random() * nodes.length);
    const second = (first + 1 + Math.floor(random() * (nodes.length - 1))) % nodes.length;
    const [one, other] = [nodes[first], nodes[second]];
    if (one === undefined || other === undefined) return one;
    return loadOf(other) < loadOf(one) ? other : one;
  };

  return {
    choose(instances) {
      const ready = instances.filter(isOpen);
      if (handed.size > instances.length)
        handed = new Map(instances.map((node) => [node.instance, handedOutOf(node)]));
      const node = pick(ready);
      if (node !== undefined) handedOutOf(node).sockets++;
      return node;
    },
  };
}

function isOpen(instance: LiveInstance): instance is OpenNode {
  return instance.ready && instance.socketUrl !== undefined;
}
