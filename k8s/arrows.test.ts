import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { type Arrow, arrowsOf } from './arrows.ts';
import { installations, overlayNames, root } from './fixtures.ts';
import { ofKind } from './objects.ts';
import { matches, workloadsOf } from './workloads.ts';

const components = ['hub', 'feed', 'redis', 'redis-setup'];

/** `hub → redis 6379`, of the table in docs/operations.md. */
function documented(): string[] {
  const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const [, section = ''] = text.split('## Who talks to whom\n');
  const rows = section.split('\n## ', 1)[0]?.matchAll(/^\| ([\w-]+) \| ([\w-]+) \| ([\d, ]+) \|/gm) ?? [];
  return [...rows].flatMap(([, from, to, ports = '']) =>
    ports.split(', ').map((port) => `${from} → ${to} ${port}`),
  );
}

function textOf({ from, to, port }: Arrow): string {
  return `${from} → ${to} ${port}`;
}

test('the network policies let through what docs/operations.md says, and nothing else', () => {
  const allowed = new Set(arrowsOf(installations.prod).map(textOf));
  assert.deepEqual([...allowed].sort(), documented().sort());
  const arrows = documented();
  assert.ok(arrows.length > 10, `${arrows.length} arrows were found in the table`);
});

test('an overlay for development opens nothing beyond that', () => {
  const more = arrowsOf(installations.dev)
    .map(textOf)
    .filter((arrow) => !documented().includes(arrow));
  assert.deepEqual(more, []);
});

test('between two of ours both sides allow it', () => {
  for (const name of overlayNames) {
    const arrows = arrowsOf(installations[name]);
    const within = arrows.filter(({ from, to }) => components.includes(from) && components.includes(to));
    assert.ok(within.length >= 4);
    for (const arrow of within) {
      const sides = within
        .filter((other) => textOf(other) === textOf(arrow))
        .map(({ allowedBy }) => allowedBy);
      assert.deepEqual([...new Set(sides)].sort(), ['from', 'to'], `${name}: ${textOf(arrow)}`);
    }
  }
});

test('no pod is without a policy, in either direction', () => {
  for (const name of overlayNames) {
    const policies = ofKind<INetworkPolicy>(installations[name], 'NetworkPolicy');
    for (const { title, labels } of workloadsOf(installations[name]))
      for (const direction of ['Ingress', 'Egress'] as const)
        assert.ok(
          policies.some(
            ({ spec }) =>
              matches(spec?.podSelector?.matchLabels, labels) && spec?.policyTypes?.includes(direction),
          ),
          `${name}: ${title} ${direction}`,
        );
  }
});

test('the internet is what is not private: no policy opens a network of ours by it', () => {
  const blocks = ofKind<INetworkPolicy>(installations.prod, 'NetworkPolicy').flatMap(({ spec }) =>
    (spec?.egress ?? []).flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? [])),
  );
  assert.ok(blocks.length > 0);
  for (const { except = [] } of blocks)
    for (const network of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'])
      assert.ok(except.includes(network), network);
});
