import { isRecord, type KubernetesObject, titleOf } from './objects.ts';

/** A kind's model: its constructor takes what is to be checked, `validate` throws what is wrong. */
interface Model {
  validate(): void;
}

/**
 * What the API server would say against an object: wrong types, values that are not allowed, missing fields, and
 * fields that it does not know (`kubectl apply` with strict validation refuses these as well).
 */
export async function schemaProblems(object: KubernetesObject): Promise<string[]> {
  const create = await modelOf(object);
  if (create === undefined)
    return [`${titleOf(object)}: there is no such kind in ${object.apiVersion}, or no such version`];
  const seen = new Set<string>();
  const model = create();
  for (const key of Object.keys(object))
    Object.defineProperty(model, key, {
      enumerable: true,
      get: () => {
        seen.add(`/${key}`);
        return watched(Reflect.get(object, key), `/${key}`, seen);
      },
    });
  const wrong = errorsOf(model).map(({ path, message }) => `${titleOf(object)}: ${path} ${message}`);
  const unknown = outermost(pathsOf(object).filter((path) => !seen.has(path)));
  return [...wrong, ...unknown.map((path) => `${titleOf(object)}: ${path} is a field that it does not have`)];
}

/**
 * The validators of the packages let unknown fields pass: they look at those that they know. So what they never look at
 * is unknown; the object is handed to them behind a proxy that notes what is read.
 */
function watched(value: unknown, path: string, seen: Set<string>): unknown {
  if (!isRecord(value)) return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === 'symbol') return Reflect.get(target, key);
      seen.add(`${path}/${key}`);
      return watched(Reflect.get(target, key), `${path}/${key}`, seen);
    },
  });
}

function pathsOf(value: unknown, path = ''): string[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => [
    `${path}/${key}`,
    ...pathsOf(below, `${path}/${key}`),
  ]);
}

/** Of paths that lie in each other, the first. */
function outermost(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}

function errorsOf(model: Model): { path: string; message: string }[] {
  try {
    model.validate();
    return [];
  } catch (error) {
    const errors =
      isRecord(error) && Array.isArray(error.errors) ? error.errors : [{ message: String(error) }];
    return errors.map((one) => ({ path: one.instancePath ?? '', message: String(one.message) }));
  }
}

/** The packages know versions as well that no cluster serves any more. These are what Kubernetes 1.30 and later do. */
const served = [
  'v1',
  'apps/v1',
  'autoscaling/v2',
  'batch/v1',
  'gateway.networking.k8s.io/v1',
  'monitoring.coreos.com/v1',
  'networking.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
];

const groupPackages: Readonly<Record<string, string>> = {
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

/** Undefined: there is no such kind in that version. */
async function modelOf({ apiVersion, kind }: KubernetesObject): Promise<(() => Model) | undefined> {
  if (!served.includes(apiVersion)) return undefined;
  const source = groupPackages[apiVersion.split('/', 1)[0] ?? ''] ?? 'kubernetes-models';
  const models: unknown = await import(`${source}/${apiVersion}`);
  const model: unknown = isRecord(models) ? models[kind] : undefined;
  return typeof model === 'function' ? () => Reflect.construct(model, []) : undefined;
}
