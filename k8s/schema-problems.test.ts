import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readObjects } from './objects.ts';
import { schemaProblems } from './schema-problems.ts';

/** What is wrong with each of the documents. */
async function problemsIn(text: string): Promise<string[]> {
  return (await Promise.all(readObjects(text).map(schemaProblems))).flat();
}

test('an unknown field is found in kinds of Kubernetes, of the Gateway API and of the Prometheus Operator', async () => {
  const text = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: a, labels: { any: label } }
spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80, protokol: TCP }] }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: b }
spec: { rules: [{ timeouts: { request: 0s, idle: 1h } }] }
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: { name: c }
spec: { groups: [{ name: g, rules: [{ alert: A, expr: up == 0, labels: { any: label }, runbook: x }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: d }
specs: {}
`;
  assert.deepEqual(await problemsIn(text), [
    'NetworkPolicy a: /spec/ingress/0/ports/0/protokol is a field that it does not have',
    'HTTPRoute b: /spec/rules/0/timeouts/idle is a field that it does not have',
    'PrometheusRule c: /spec/groups/0/rules/0/runbook is a field that it does not have',
    'Service d: /specs is a field that it does not have',
  ]);
});

test('a value of another type, a missing field and a value that is not allowed are told', async () => {
  const text = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: a }
spec: { maxReplicas: ten, scaleTargetRef: { kind: Deployment } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: b }
spec: { hostnames: ['Ticks_Example'] }
`;
  const problems = await problemsIn(text);
  for (const expected of [
    /a: \/spec\/maxReplicas must be integer/,
    /a: \/spec\/scaleTargetRef must have required property name/,
    /b: \/spec\/hostnames\/0 must match pattern/,
  ])
    assert.ok(
      problems.some((problem) => expected.test(problem)),
      `${expected} in ${problems.join('\n')}`,
    );
});

test('a kind or version that does not exist is told', async () => {
  const of = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: 'a' } });
  assert.match(
    String(await schemaProblems(of('apps/v1', 'Deploymnt'))),
    /Deploymnt a: there is no such kind in apps\/v1/,
  );
  const old = of('autoscaling/v2beta2', 'HorizontalPodAutoscaler');
  assert.match(String(await schemaProblems(old)), /HorizontalPodAutoscaler a: .*or no such version/);
});
