import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import type { IServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IService } from 'kubernetes-models/v1';
import { type KubernetesObject, ofKind, titleOf } from './objects.ts';
import { portOf } from './pod-problems.ts';
import { matches, type Workload } from './workloads.ts';

type Objects = readonly KubernetesObject[];

/** Where an object names another that is not there, or a label or port that no pod has. */
export function linkProblems(objects: Objects, workloads: readonly Workload[]): string[] {
  return [
    ...serviceProblems(objects, workloads),
    ...budgetProblems(objects, workloads),
    ...selectorProblems(objects),
    ...scalerProblems(objects),
    ...wayInProblems(objects),
    ...monitorProblems(objects),
  ];
}

function serviceProblems(objects: Objects, workloads: readonly Workload[]): string[] {
  return ofKind<IService>(objects, 'Service').flatMap((service) => {
    const pods = workloads.filter(({ labels }) => matches(service.spec?.selector, labels));
    if (pods.length !== 1)
      return [`${titleOf(service)}: its selector matches the pods of ${pods.length} workloads, not of one`];
    const containers = pods.flatMap(({ pod }) => pod.containers);
    return (service.spec?.ports ?? [])
      .map(({ port, targetPort = port }) => targetPort)
      .filter((port) => !containers.some((container) => portOf(container, port) !== undefined))
      .map((port) => `${titleOf(service)}: its pods have no port ${port}`);
  });
}

function budgetProblems(objects: Objects, workloads: readonly Workload[]): string[] {
  return ofKind<IPodDisruptionBudget>(objects, 'PodDisruptionBudget')
    .filter(({ spec }) => !workloads.some(({ labels }) => matches(spec?.selector?.matchLabels, labels)))
    .map((budget) => `${titleOf(budget)}: its selector matches no pod`);
}

function selectorProblems(objects: Objects): string[] {
  const makers = [
    ...ofKind<IDeployment>(objects, 'Deployment'),
    ...ofKind<IStatefulSet>(objects, 'StatefulSet'),
  ];
  return makers
    .filter(({ spec }) => !matches(spec?.selector.matchLabels, spec?.template.metadata?.labels ?? {}))
    .map((maker) => `${titleOf(maker)}: its selector does not match its own pods`);
}

function scalerProblems(objects: Objects): string[] {
  return ofKind<IHorizontalPodAutoscaler>(objects, 'HorizontalPodAutoscaler').flatMap((scaler) => {
    const { kind = '', name = '' } = scaler.spec?.scaleTargetRef ?? {};
    const target = ofKind<IDeployment>(objects, 'Deployment').find(
      (object) => titleOf(object) === `${kind} ${name}`,
    );
    if (target === undefined) return [`${titleOf(scaler)}: there is no ${kind} ${name}`];
    return target.spec?.replicas === undefined
      ? []
      : [`${titleOf(target)}: replicas is set, so each apply overrules the autoscaler; leave it out`];
  });
}

/** Of an Ingress or a route: Services that are not there, or not with that port. */
function wayInProblems(objects: Objects): string[] {
  const byIngress = ofKind<IIngress>(objects, 'Ingress').flatMap((ingress) =>
    (ingress.spec?.rules ?? []).flatMap(({ http }) =>
      (http?.paths ?? []).map(({ backend: { service } }) => ({
        title: titleOf(ingress),
        name: service?.name ?? '',
        port: service?.port?.name ?? service?.port?.number ?? 0,
      })),
    ),
  );
  const byRoute = ofKind<IHTTPRoute>(objects, 'HTTPRoute').flatMap((route) =>
    (route.spec.rules ?? []).flatMap(({ backendRefs }) =>
      (backendRefs ?? []).map(({ name, port }) => ({ title: titleOf(route), name, port: port ?? 0 })),
    ),
  );
  return [...byIngress, ...byRoute]
    .filter(({ name, port }) => !hasPort(objects, name, port))
    .map(({ title, name, port }) => `${title}: there is no Service ${name} with port ${port}`);
}

function hasPort(objects: Objects, service: string, wanted: string | number): boolean {
  const found = ofKind<IService>(objects, 'Service').find(({ metadata }) => metadata.name === service);
  return (found?.spec?.ports ?? []).some(({ name, port }) => wanted === name || wanted === port);
}

function monitorProblems(objects: Objects): string[] {
  return ofKind<IServiceMonitor>(objects, 'ServiceMonitor').flatMap((monitor) => {
    const services = ofKind<IService>(objects, 'Service').filter(({ metadata }) =>
      matches(monitor.spec.selector.matchLabels, metadata.labels ?? {}),
    );
    if (services.length === 0) return [`${titleOf(monitor)}: its selector matches no Service`];
    return (monitor.spec.endpoints ?? []).flatMap(({ port = '' }) =>
      services
        .filter(({ metadata }) => !hasPort(objects, metadata.name, port))
        .map((service) => `${titleOf(monitor)}: ${titleOf(service)} has no port ${port}`),
    );
  });
}
