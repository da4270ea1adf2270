import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Paths of a certificate and its key, in PEM. */
export interface TestPair {
  readonly cert: string;
  readonly key: string;
}

/** An authority made for one test, in a folder that goes with it. */
export interface TestAuthority {
  readonly folder: string;
  /** Path of its own certificate. */
  readonly ca: string;
  /** A certificate that it signed. @param names e.g. `DNS:localhost,IP:127.0.0.1` */
  issue(name: string, names?: string): Promise<TestPair>;
}

/** Needs `openssl` on the PATH. */
export async function createAuthority(t: Pick<TestContext, 'after'>): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-tls-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const fileOf = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]) => run('openssl', args, { timeout: 60_000 });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = fileOf('ca.crt');
  const caKey = fileOf('ca.key');
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    caKey,
    '-out',
    ca,
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  return {
    folder,
    ca,
    async issue(name, names = 'DNS:localhost,IP:127.0.0.1') {
      const pair = { cert: fileOf(`${name}.crt`), key: fileOf(`${name}.key`) };
      const request = fileOf(`${name}.csr`);
      const extensions = fileOf(`${name}.ext`);
      await writeFile(extensions, `subjectAltName=${names}\n`);
      await openssl('req', ...newKey, '-keyout', pair.key, '-out', request, '-subj', `/CN=${name}`);
      const signer = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial'];
      const output = ['-out', pair.cert, '-days', '2', '-extfile', extensions];
      await openssl('x509', '-req', '-in', request, ...signer, ...output);
      return pair;
    },
  };
}
