import type { IContainer, IPodSpec, IProbe } from 'kubernetes-models/v1';

/** Paths of runtime/http/operations-server.ts that say how a process does. */
const probePaths = ['/livez', '/readyz'];

/**
 * What is wrong with a pod beyond its form: more rights than the restricted Pod security profile gives, an image that
 * may be another one tomorrow, a probe that asks where nobody answers, no bound of memory.
 */
export function podProblems(pod: IPodSpec): string[] {
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  return [
    ...rightsOfPod(pod),
    ...containers.flatMap((container) =>
      [
        ...rightsOf(container, pod),
        ...imageProblems(container),
        ...probeProblems(container),
        ...bounds(container),
      ].map((problem) => `container ${container.name}: ${problem}`),
    ),
  ];
}

function rightsOfPod(pod: IPodSpec): string[] {
  const shared = [pod.hostNetwork, pod.hostPID, pod.hostIPC].some(Boolean);
  const paths = (pod.volumes ?? []).filter(({ hostPath }) => hostPath);
  return told([
    [pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault', 'seccompProfile must be RuntimeDefault'],
    [pod.automountServiceAccountToken !== false, 'automountServiceAccountToken must be false'],
    [pod.serviceAccountName === undefined, 'serviceAccountName must be set'],
    [
      pod.enableServiceLinks !== false,
      'enableServiceLinks must be false: Kubernetes would set TICKWIRE_… keys that the processes do not know',
    ],
    [shared || paths.length > 0, 'it must share no network, processes or files with its node'],
  ]);
}

function rightsOf({ securityContext }: IContainer, pod: IPodSpec): string[] {
  const user = securityContext?.runAsUser ?? pod.securityContext?.runAsUser;
  const nonRoot = securityContext?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
  const { drop = [], add = [] } = securityContext?.capabilities ?? {};
  return told([
    [
      nonRoot !== true || user === undefined || user === 0,
      'runAsNonRoot must be true, with a runAsUser above 0',
    ],
    [securityContext?.privileged === true, 'privileged must not be set'],
    [securityContext?.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation must be false'],
    [securityContext?.readOnlyRootFilesystem !== true, 'readOnlyRootFilesystem must be true'],
    [!drop.includes('ALL') || add.length > 0, 'capabilities must be: drop ALL, add none'],
  ]);
}

function imageProblems({ image = '' }: IContainer): string[] {
  const pinned = image.includes('@sha256:') || /:[^/:]+$/.test(image);
  return told([
    [!pinned, `image ${image} has no tag, which means latest: name a version`],
    [image.endsWith(':latest'), `image ${image} is another one tomorrow: name a version`],
  ]);
}

function bounds({ resources }: IContainer): string[] {
  return told([
    [resources?.requests?.cpu === undefined, 'resources.requests.cpu must be set'],
    [resources?.requests?.memory === undefined, 'resources.requests.memory must be set'],
    [resources?.limits?.memory === undefined, 'resources.limits.memory must be set'],
  ]);
}

function probeProblems(container: IContainer): string[] {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const probes = Object.entries({ startupProbe, livenessProbe, readinessProbe });
  return probes.flatMap(([name, probe]) => (probe ? probed(name, probe, container) : []));
}

function probed(name: string, { httpGet, tcpSocket }: IProbe, container: IContainer): string[] {
  const port = httpGet?.port ?? tcpSocket?.port;
  return told([
    [
      port !== undefined && portOf(container, port) === undefined,
      `${name} asks port ${port}, which it does not have`,
    ],
    [
      httpGet !== undefined && !probePaths.includes(httpGet.path ?? ''),
      `${name} asks for ${httpGet?.path}, where nobody answers; there are ${probePaths.join(' and ')}`,
    ],
    [
      name === 'livenessProbe' && httpGet?.path === '/readyz',
      'livenessProbe asks /readyz: a Redis that is away would end every hub',
    ],
  ]);
}

/** The number of a container's port, by name or number; undefined when it has none such. */
export function portOf({ ports = [] }: IContainer, port: string | number): number | undefined {
  return ports.find(({ name, containerPort }) => port === name || port === containerPort)?.containerPort;
}

function told(findings: readonly (readonly [boolean, string])[]): string[] {
  return findings.filter(([found]) => found).map(([, problem]) => problem);
}
