import type { IConfigMap, IContainer, ISecret } from 'kubernetes-models/v1';
import { type KubernetesObject, ofKind, titleOf } from './objects.ts';

/** What a container's process finds in its environment. */
export type Environment = Readonly<Record<string, string>>;

export interface ReadEnvironment {
  readonly environment: Environment;
  /** ConfigMaps and Secrets that the container wants and that are not among the objects, as `Secret tickwire-hub`. */
  readonly missing: readonly string[];
}

/** As the kubelet puts it together: the sources in their order, then what is named one by one. */
export function environmentOf(container: IContainer, objects: readonly KubernetesObject[]): ReadEnvironment {
  const environment: Record<string, string> = {};
  const missing: string[] = [];
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    const title = configMapRef ? `ConfigMap ${configMapRef.name}` : `Secret ${secretRef?.name}`;
    const values = valuesOf(title, objects);
    if (values === undefined) missing.push(title);
    else Object.assign(environment, values);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    const values = secretKeyRef ? valuesOf(`Secret ${secretKeyRef.name}`, objects) : undefined;
    if (secretKeyRef && values?.[secretKeyRef.key] === undefined)
      missing.push(`Secret ${secretKeyRef.name} with ${secretKeyRef.key}`);
    else if (secretKeyRef) environment[name] = values?.[secretKeyRef.key] ?? '';
    else environment[name] = value ?? fieldValues[fieldRef?.fieldPath ?? ''] ?? '';
  }
  return { environment, missing };
}

/** Stands for what a pod is told of itself. */
const fieldValues: Readonly<Record<string, string>> = {
  'metadata.name': 'tickwire-hub-5d9c7b8f6d-x2x7q',
  'metadata.namespace': 'tickwire',
  'status.podIP': '10.0.0.1',
};

/** @param title `ConfigMap tickwire-hub` */
function valuesOf(title: string, objects: readonly KubernetesObject[]): Environment | undefined {
  const object = objects.find((candidate) => titleOf(candidate) === title);
  if (object === undefined) return undefined;
  const [map] = ofKind<IConfigMap>([object], 'ConfigMap');
  const [secret] = ofKind<ISecret>([object], 'Secret');
  const coded = Object.entries(secret?.data ?? {}).map(([key, text]) => [
    key,
    Buffer.from(text, 'base64').toString(),
  ]);
  return { ...map?.data, ...Object.fromEntries(coded), ...secret?.stringData };
}
