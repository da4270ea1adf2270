/** What the tests that run on both listeners run on just now, as `TICKWIRE_LISTENER` has it; set by `test/run.ts`. */
export const chosenListener = process.env.TEST_LISTENER === 'node' ? 'node' : 'auto';

/**
 * Tests of what clients see of the port: protocol, hostile input, resume, slow clients, drain, tokens, TLS. That of a drain
 * on a shared port is not among them: Node shares one from 22.12 on.
 */
const onBoth = [
  ...[
    'hub/hub.test.ts',
    'hub/http/http.test.ts',
    'hub/hostile',
    'hub/edge.test.ts',
    'hub/tls.test.ts',
    'hub/recovery/resume.test.ts',
  ],
  ...[
    'hub/auth/enforcement.test.ts',
    'hub/nodes/',
    'hub/listener/answers.test.ts',
    'hub/requests/churn.test.ts',
    'hub/admission/silent-connections.test.ts',
  ],
  ...['test/auth.test.ts', 'test/gateway-drain.test.ts', 'test/resume.test.ts', 'test/slow-client.test.ts'],
];

export function runsOnBoth(file: string): boolean {
  return onBoth.some((start) => file.startsWith(start));
}
