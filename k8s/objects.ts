import { parseAllDocuments } from 'yaml';

/** One object as kustomize writes it; what is below `metadata` is known only once `schemaProblems` has found none. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The objects of a stream of YAML documents. @throws Error when it is no YAML, or a document is no object of Kubernetes */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw problem;
    const value: unknown = document.toJS();
    if (!isObject(value)) throw new Error('a document has no apiVersion, kind and metadata.name');
    return value.kind === 'Secret' ? unbroken(value) : value;
  });
}

/** kustomize breaks long values of a Secret into lines, which the API server allows and the schema of base64 does not. */
function unbroken(secret: KubernetesObject & { readonly data?: unknown }): KubernetesObject {
  if (!isRecord(secret.data)) return secret;
  const data = Object.entries(secret.data).map(([key, text]) => [key, String(text).replaceAll('\n', '')]);
  return Object.assign({}, secret, { data: Object.fromEntries(data) });
}

/** How people call it: `Deployment tickwire-hub`. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** Those of one kind. Only for objects that have passed `schemaProblems`: these have the form of the kind's interface. */
export function ofKind<Kind extends { readonly kind: string }>(
  objects: readonly KubernetesObject[],
  kind: Kind['kind'],
): (KubernetesObject & Kind)[] {
  return objects.filter((object): object is KubernetesObject & Kind => object.kind === kind);
}

function isObject(value: unknown): value is KubernetesObject {
  if (!isRecord(value) || !isRecord(value.metadata)) return false;
  return [value.apiVersion, value.kind, value.metadata.name].every((text) => typeof text === 'string');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
