import type {
  INetworkPolicy,
  INetworkPolicyPeer,
  INetworkPolicyPort,
} from 'kubernetes-models/networking.k8s.io/v1';
import { type KubernetesObject, ofKind } from './objects.ts';
import type { Labels } from './workloads.ts';

/** Who may open connections to whom, by one side's policy. */
export interface Arrow {
  /** A component, such as `hub`, or one of those outside: edge, Prometheus, pushers, internet, DNS; `all`: every pod. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  /** Whose policy it is. Between two of ours both sides have to allow it. */
  readonly allowedBy: 'from' | 'to';
}

/** What the network policies among `objects` let through. */
export function arrowsOf(objects: readonly KubernetesObject[]): Arrow[] {
  return ofKind<INetworkPolicy>(objects, 'NetworkPolicy').flatMap(({ spec }) => {
    const self = componentOf(spec?.podSelector?.matchLabels ?? {});
    const ingress = (spec?.ingress ?? []).flatMap(({ from = [], ports }) =>
      portsOf(ports).flatMap((port) =>
        from.map((peer) => ({ from: peerOf(peer), to: self, port, allowedBy: 'to' as const })),
      ),
    );
    const egress = (spec?.egress ?? []).flatMap(({ to = [], ports }) =>
      portsOf(ports).flatMap((port) =>
        to.map((peer) => ({ from: self, to: peerOf(peer), port, allowedBy: 'from' as const })),
      ),
    );
    return [...ingress, ...egress];
  });
}

function componentOf(labels: Labels): string {
  if (Object.keys(labels).length === 0) return 'all';
  return labels['app.kubernetes.io/component'] ?? JSON.stringify(labels);
}

/** Namespaces by the labels that their owners give them (k8s/README.md). */
const namespaces: Readonly<Record<string, string>> = {
  'tickwire.io/edge=true': 'edge',
  'tickwire.io/scrapes=true': 'Prometheus',
  'tickwire.io/pushes=true': 'pushers',
  'kubernetes.io/metadata.name=kube-system': 'DNS',
};

function peerOf({ podSelector, namespaceSelector, ipBlock }: INetworkPolicyPeer): string {
  if (ipBlock) return ipBlock.cidr === '0.0.0.0/0' ? 'internet' : ipBlock.cidr;
  if (podSelector && !namespaceSelector) return componentOf(podSelector.matchLabels ?? {});
  const labels = Object.entries(namespaceSelector?.matchLabels ?? {}).map((pair) => pair.join('='));
  return namespaces[labels.join()] ?? `namespaces with ${labels.join() || 'any label'}`;
}

/** A rule without ports would let all of them through. */
function portsOf(ports: readonly INetworkPolicyPort[] | undefined): number[] {
  return ports?.map(({ port }) => Number(port)) ?? [Number.NaN];
}
