import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from './objects.ts';

/** Where a key of the environment is set, for the person who has to change it. */
export interface Place {
  readonly key: string;
  /** From the root, with the line: `k8s/overlays/prod/hub.env:7`. */
  readonly place: string;
}

/**
 * Every key that the kustomization of `folder` puts into a ConfigMap or Secret of that name, in the order in which the
 * later overrules the earlier: resources, components, then the folder's own.
 * @param root the checkout, that places are told from
 */
export function placesOf(name: string, folder: string, root: string): Place[] {
  const path = join(folder, 'kustomization.yaml');
  const file: unknown = parse(readFileSync(path, 'utf8'));
  if (!isRecord(file)) return [];
  const below = [...texts(file.resources), ...texts(file.components)].filter(
    (entry) => !entry.endsWith('.yaml'),
  );
  const own = [...records(file.configMapGenerator), ...records(file.secretGenerator)].filter(
    (generator) => generator.name === name,
  );
  return [
    ...below.flatMap((entry) => placesOf(name, join(folder, entry), root)),
    ...own.flatMap(({ envs, literals }) => [
      ...texts(literals).map((line) => ({ key: keyOf(line), place: relative(root, path) })),
      ...texts(envs).flatMap((entry) => keysIn(join(folder, entry), root)),
    ]),
  ];
}

function keysIn(path: string, root: string): Place[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line, i) => ({ key: keyOf(line), place: `${relative(root, path)}:${i + 1}` }))
    .filter(({ key }) => /^[A-Z]/.test(key));
}

function keyOf(line: string): string {
  return line.split('=', 1)[0]?.trim() ?? '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function records(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
