import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, integerKey, readConfig } from './config.ts';

const port = (env: string) => integerKey(env, { fallback: 1, min: 0, max: 65_535, unit: 'port', about: '' });
const keys = { port: port('TICKWIRE_PORT') };
const others = { feedPort: port('TICKWIRE_FEED_PORT') };

function problemsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(keys, env, others);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

/** What a pod finds for a Service, as the kubelet writes it. */
function injected(service: string, number = 8080): Record<string, string> {
  const name = service.toUpperCase().replaceAll('-', '_');
  const address = `tcp://10.96.0.7:${number}`;
  return {
    [`${name}_SERVICE_HOST`]: '10.96.0.7',
    [`${name}_SERVICE_PORT`]: String(number),
    [`${name}_SERVICE_PORT_HTTP`]: String(number),
    [`${name}_PORT`]: address,
    [`${name}_PORT_${number}_TCP`]: address,
    [`${name}_PORT_${number}_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_${number}_TCP_PORT`]: String(number),
    [`${name}_PORT_${number}_TCP_ADDR`]: '10.96.0.7',
  };
}

test('what Kubernetes sets for a Service of our name is one problem that names enableServiceLinks', () => {
  for (const service of ['tickwire', 'tickwire-hub', 'tickwire-feed', 'tickwire-hub-metrics']) {
    const problems = problemsOf(injected(service));
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', /and 7 more keys .*enableServiceLinks: false in the spec of the pod/);
  }
  const [alone] = problemsOf({ TICKWIRE_PORT: 'tcp://10.96.0.7:8080' });
  assert.match(alone ?? '', /^TICKWIRE_PORT=tcp:\/\/10\.96\.0\.7:8080 is set by Kubernetes/);
});

test('other problems are told beside it, and a port that is only wrong is no Service', () => {
  const problems = problemsOf({ ...injected('tickwire-hub'), TICKWIRE_PORT: '8080x', TICKWIRE_PROT: '1' });
  assert.equal(problems.length, 3);
  assert.match(problems[1] ?? '', /^TICKWIRE_PROT is not a key.*TICKWIRE_PORT\?$/);
  assert.match(problems[2] ?? '', /^TICKWIRE_PORT is "8080x", but must be a whole number/);
});

test('Services of other names are nobody of ours', () => {
  assert.deepEqual(problemsOf(injected('redis')), []);
});
