import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildFolder, findKustomize } from './kustomize.ts';
import type { FindPlaces } from './manifest-problems.ts';
import type { KubernetesObject } from './objects.ts';
import { placesOf } from './where-set.ts';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const kustomize = findKustomize(root);

export const overlayNames = ['dev', 'prod'] as const;
export type OverlayName = (typeof overlayNames)[number];

export function overlayFolder(name: OverlayName): string {
  return join(root, 'k8s', 'overlays', name);
}

/** Secrets as `make-secrets.sh` writes them, in a folder that is gone at the process's end. */
function makeSecrets(): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'tickwire-secrets-')), 'secrets');
  process.on('exit', () => rmSync(dirname(folder), { recursive: true, force: true }));
  execFileSync('sh', [join(root, 'k8s', 'make-secrets.sh'), folder], { stdio: 'pipe' });
  return folder;
}

export const secretsFolder = makeSecrets();

/** All that one installation applies. */
export const installations: Readonly<Record<OverlayName, readonly KubernetesObject[]>> = {
  dev: buildFolder(kustomize, overlayFolder('dev')),
  prod: [...buildFolder(kustomize, overlayFolder('prod')), ...buildFolder(kustomize, secretsFolder)],
};

export function placesIn(folder: string): FindPlaces {
  return (process) => placesOf(`tickwire-${process}`, folder, root);
}
