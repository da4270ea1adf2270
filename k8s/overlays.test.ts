import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1';
import { readFeedConfig, readHubConfig } from './config-problems.ts';
import { environmentOf } from './environment.ts';
import {
  installations,
  kustomize,
  type OverlayName,
  overlayFolder,
  overlayNames,
  placesIn,
  root,
} from './fixtures.ts';
import { buildFolder } from './kustomize.ts';
import { manifestProblems } from './manifest-problems.ts';
import { ofKind } from './objects.ts';
import { prometheusRulePath, prometheusRuleText } from './prometheus-rule.ts';
import { type ProcessName, processOf, workloadsOf } from './workloads.ts';

for (const name of overlayNames)
  test(`nothing is wrong with what the overlay ${name} applies`, async () => {
    const objects = installations[name];
    assert.ok(objects.length > 20, `${objects.length} objects`);
    assert.deepEqual(await manifestProblems(objects, placesIn(overlayFolder(name))), []);
  });

for (const component of ['ingress', 'gateway-api', 'monitoring', 'redis-single', 'redis-cluster'])
  test(`the component ${component} is used by an overlay, or stands in for one that is`, async () => {
    const used = overlayNames.some((name) =>
      readFileSync(join(overlayFolder(name), 'kustomization.yaml'), 'utf8').includes(
        `components/${component}`,
      ),
    );
    assert.ok(used || component === 'ingress');
    assert.ok(buildFolder(kustomize, join(root, 'k8s', 'components', component)).length > 0);
  });

test('with the Ingress in place of the Gateway nothing is wrong either', async () => {
  const ingress = buildFolder(kustomize, join(root, 'k8s/components/ingress'));
  const others = installations.prod.filter(({ apiVersion }) => !apiVersion.startsWith('gateway.networking'));
  assert.deepEqual(await manifestProblems([...others, ...ingress], placesIn(overlayFolder('prod'))), []);
});

test('a process is started with the flags of its npm script', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const { pod } of workloadsOf(installations.prod))
    for (const container of pod.containers) {
      const process = processOf(container);
      if (process !== undefined) assert.equal(container.command?.join(' '), scripts[process]);
    }
});

test('hubs are exchanged without taking one away before its successor is ready', () => {
  for (const name of overlayNames) {
    const hub = deployment(name, 'tickwire-hub');
    assert.equal(hub.spec?.strategy?.rollingUpdate?.maxUnavailable, 0);
    assert.notEqual(hub.spec?.strategy?.rollingUpdate?.maxSurge, 0);
  }
  assert.ok((deployment('prod', 'tickwire-hub').spec?.minReadySeconds ?? 0) >= 10);
});

test('every source has an adapter that leads and one that stands by', () => {
  for (const name of overlayNames) assert.equal(deployment(name, 'tickwire-feed').spec?.replicas, 2);
});

test('the autoscaler reaches the hubs of the capacity plan, and leaves each with the sockets that it is planned for', () => {
  const plan = readFileSync(join(root, 'docs', 'capacity.md'), 'utf8');
  const [, users, perHub] = /\| hubs \| ([\d,]+) ÷ ([\d,]+) = /.exec(plan) ?? [];
  const [, pods] = /× 1\.5 \| (\d+) pods/.exec(plan) ?? [];
  const [scaler] = ofKind<IHorizontalPodAutoscaler>(installations.prod, 'HorizontalPodAutoscaler');
  const metric = scaler?.spec?.metrics?.find(({ type }) => type === 'Pods')?.pods;
  const perPod = Number(metric?.target.averageValue);
  assert.equal(metric?.metric.name, 'tickwire_hub_sockets');
  assert.ok((scaler?.spec?.maxReplicas ?? 0) >= Number(pods), `${pods} pods are planned`);
  assert.ok((scaler?.spec?.maxReplicas ?? 0) * perPod >= number(users));
  assert.ok(perPod * 1.5 <= number(perHub), 'with one zone of three lost, the others take its clients');
  assert.ok(number(perHub) <= readHubConfig(environmentIn('prod', 'hub')).socketsMax);
});

test('the autoscaler takes away more slowly than it adds', () => {
  const [scaler] = ofKind<IHorizontalPodAutoscaler>(installations.prod, 'HorizontalPodAutoscaler');
  const { scaleUp, scaleDown } = scaler?.spec?.behavior ?? {};
  assert.ok((scaleDown?.stabilizationWindowSeconds ?? 0) >= 10 * (scaleUp?.stabilizationWindowSeconds ?? 0));
  const perMinute = (policies: readonly { value: number; periodSeconds: number }[] = []): number =>
    Math.max(...policies.map(({ value, periodSeconds }) => (60 * value) / periodSeconds));
  assert.ok(perMinute(scaleDown?.policies) * 10 <= perMinute(scaleUp?.policies));
});

test('hubs and adapters of an overlay agree on what Redis is and on how far back it reaches', () => {
  for (const name of overlayNames) {
    const hub = readHubConfig(environmentIn(name, 'hub'));
    const feed = readFeedConfig(environmentIn(name, 'feed'));
    assert.equal(feed.redisMode, hub.redisMode);
    assert.equal(feed.replayEntriesMax, hub.replayEntriesMax);
  }
});

test('clients are sent to the host that the Gateway and the Ingress serve', () => {
  const { publicUrl, origins } = readHubConfig(environmentIn('prod', 'hub'));
  const { host } = new URL(publicUrl);
  const ingress = buildFolder(kustomize, join(root, 'k8s/components/ingress'));
  const hosts = [
    ...ofKind<IHTTPRoute>(installations.prod, 'HTTPRoute').flatMap(({ spec }) => spec.hostnames ?? []),
    ...ofKind<IIngress>(ingress, 'Ingress').flatMap(({ spec }) =>
      (spec?.rules ?? []).map((rule) => rule.host),
    ),
  ];
  assert.deepEqual([...new Set(hosts)], [host]);
  assert.ok(origins.includes(`https://${host}`));
});

test('the rules of Prometheus are those of deploy/prometheus/rules', () => {
  assert.equal(
    readFileSync(join(root, prometheusRulePath), 'utf8'),
    prometheusRuleText(root),
    'npm run manifests -- --write-rules makes them anew',
  );
});

test('an overlay runs the version of Tickwire that it lies beside', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const images = overlayNames.flatMap((name) =>
    workloadsOf(installations[name]).flatMap(({ pod }) => pod.containers.map(({ image }) => image)),
  );
  for (const image of images.filter((one) => one?.includes('tickwire')))
    assert.equal(image, `tickwire:${version}`);
});

function deployment(overlay: OverlayName, name: string) {
  const found = ofKind<IDeployment>(installations[overlay], 'Deployment').find(
    ({ metadata }) => metadata.name === name,
  );
  return found ?? assert.fail(`${overlay} has no ${name}`);
}

function environmentIn(overlay: OverlayName, process: ProcessName) {
  const objects = installations[overlay];
  const containers = workloadsOf(objects).flatMap(({ pod }) => pod.containers);
  const container = containers.find((one) => processOf(one) === process) ?? assert.fail(process);
  return environmentOf(container, objects).environment;
}

function number(text: string | undefined): number {
  return Number(text?.replaceAll(',', ''));
}
