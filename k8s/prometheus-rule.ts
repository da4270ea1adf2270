import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { isRecord } from './objects.ts';

/** From the root. */
export const prometheusRulePath = 'k8s/components/monitoring/prometheus-rule.yaml';

const ruleFiles = ['recording.yml', 'alerts.yml'];
const head =
  '# Made of deploy/prometheus/rules by `npm run manifests -- --write-rules`; a test holds that it is the same.\n';

/** The rules of Prometheus as an object of its operator. @param root the checkout */
export function prometheusRuleText(root: string): string {
  const groups = ruleFiles.flatMap((name) => {
    const file: unknown = parse(readFileSync(join(root, 'deploy', 'prometheus', 'rules', name), 'utf8'));
    return isRecord(file) && Array.isArray(file.groups) ? file.groups : [];
  });
  const rule = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'tickwire' },
    spec: { groups },
  };
  return head + stringify(rule, { lineWidth: 0, aliasDuplicateObjects: false });
}
