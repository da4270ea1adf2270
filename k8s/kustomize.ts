import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type KubernetesObject, readObjects } from './objects.ts';

/** A command that builds a folder when its path is added, e.g. `kubectl kustomize`. */
export type Kustomize = readonly [program: string, ...args: string[]];

/** The first with Components, `labels` and the syntax of patches that is used here. */
const majorMin = 5;
/** What `go install` is asked for where nothing else is there. */
const version = 'v5.8.1';
const installTimeoutMs = 240_000;
const buildTimeoutMs = 60_000;

/**
 * kustomize 5 from the PATH, as kubectl's, from an earlier build, or built by Go into `.cache/kustomize`.
 * @param root the checkout
 * @throws Error of one line that says what to install
 */
export function findKustomize(root: string): Kustomize {
  const folder = join(root, '.cache', 'kustomize');
  const built: Kustomize = [join(folder, 'kustomize'), 'build'];
  const candidates: readonly Kustomize[] = [['kustomize', 'build'], ['kubectl', 'kustomize'], built];
  const found = candidates.find(answers);
  if (found !== undefined) return found;
  if (buildByGo(folder) && answers(built)) return built;
  throw new Error(
    `kustomize ${majorMin} or later is not here: install kubectl 1.27 or later, or kustomize, or Go to build it with`,
  );
}

/** The objects of a folder with a kustomization.yaml. @throws Error with what kustomize says against it */
export function buildFolder([program, ...args]: Kustomize, folder: string): KubernetesObject[] {
  const options = { encoding: 'utf8', stdio: 'pipe', timeout: buildTimeoutMs, maxBuffer: 64 << 20 } as const;
  return readObjects(execFileSync(program, [...args, folder], options));
}

/** kubectl tells kustomize's version among its own, kustomize only its own: `v5.5.0`. */
function answers([program]: Kustomize): boolean {
  if (program.includes('/') && !existsSync(program)) return false;
  const args = program === 'kubectl' ? ['version', '--client'] : ['version'];
  try {
    const text = execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', timeout: buildTimeoutMs });
    const found = /Kustomize Version: v(\d+)/.exec(text) ?? /^\{?v?(\d+)\./.exec(text);
    return Number(found?.[1] ?? 0) >= majorMin;
  } catch {
    return false; // not there: the next one is looked at
  }
}

function buildByGo(folder: string): boolean {
  try {
    const module = `sigs.k8s.io/kustomize/kustomize/v5@${version}`;
    execFileSync('env', [`GOBIN=${folder}`, 'go', 'install', module], {
      stdio: 'pipe',
      timeout: installTimeoutMs,
    });
    return true;
  } catch {
    return false; // no Go, or no network: told by the one who asked
  }
}
