/** A port can not be listened on; the message says which key of the environment to set. */
export class PortError extends Error {
  override readonly name = 'PortError';
  /** @param key the environment key that moves the listener, e.g. `TICKWIRE_PORT` */
  constructor(host: string, port: number, key: string, options?: ErrorOptions) {
    super(`port ${port} on ${host} can not be used; if another process is on it, set ${key}`, options);
  }
}
