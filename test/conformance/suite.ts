import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaseResult, readResults } from './results.ts';

const timeoutMs = 1_800_000;

/** Why the suite can not run here, with what to do about it; undefined when it can. */
export function whyMissing(binary: string): string | undefined {
  if (spawnSync(binary, ['--help'], { stdio: 'ignore' }).status === 0) return undefined;
  return (
    `${binary} does not run: the Autobahn test suite needs Python 2.7 ("pip install autobahntestsuite==0.8.2" ` +
    'in a virtualenv of it); set WSTEST_BIN to the path of its wstest'
  );
}

/**
 * Runs the suite's cases against the server at `url`, and returns how each ended.
 * @param cases patterns of ids, e.g. `9.*`
 * @throws Error when the suite ends without results, or not within 30 minutes
 */
export async function runSuite(binary: string, url: string, cases: readonly string[]): Promise<CaseResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tickwire-conformance-'));
  try {
    const spec = join(folder, 'spec.json');
    const servers = [{ agent: 'tickwire', url }];
    await writeFile(spec, JSON.stringify({ outdir: folder, servers, cases, 'exclude-cases': [] }));
    await run(binary, ['--mode', 'fuzzingclient', '--spec', spec]);
    return readResults(JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(binary: string, args: readonly string[]): Promise<void> {
  const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: timeoutMs });
  let problems = '';
  child.stderr.on('data', (text: Buffer) => {
    problems = (problems + text.toString()).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the suite ended with ${code}; it printed:\n${problems}`));
    });
  });
}
