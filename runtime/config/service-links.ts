type Env = Readonly<Record<string, string | undefined>>;

/** What Kubernetes puts into the port of a Service, which is a URL: `tcp://10.96.0.7:8080`. */
const serviceAddress = /^(tcp|udp|sctp):\/\//;
/**
 * Names that a pod finds for a Service `tickwire-hub`, beside `TICKWIRE_HUB_PORT` with its address:
 * https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
 */
const serviceName = /_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/**
 * Names of `env` that Kubernetes has put there for a Service called tickwire or tickwire-…, among them keys of ours
 * whose name such a Service happens to take (`TICKWIRE_PORT`).
 * @param known names that are keys of ours
 */
export function serviceLinks(env: Env, known: ReadonlySet<string>): readonly string[] {
  return Object.entries(env)
    .filter(([name, text = '']) => {
      if (!name.startsWith('TICKWIRE_')) return false;
      return (
        (/_PORT$/.test(name) && serviceAddress.test(text)) || (!known.has(name) && serviceName.test(name))
      );
    })
    .map(([name]) => name);
}

/** One problem for all of them: they have one cause. @param names not empty */
export function serviceLinkProblem(names: readonly string[], env: Env): string {
  const [first = ''] = names;
  const others = names.length === 1 ? '' : ` and ${names.length - 1} more keys like it`;
  const are = names.length === 1 ? 'is' : 'are';
  return (
    `${first}=${env[first]}${others} ${are} set by Kubernetes for a Service called tickwire or tickwire-…; ` +
    'set enableServiceLinks: false in the spec of the pod, or give the Service another name'
  );
}
