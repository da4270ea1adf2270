/** What the system says of a connection that failed or broke, and what to change. */
export function explain(problem: Error): string {
  const { code } = problem as NodeJS.ErrnoException;
  switch (code) {
    case 'ECONNREFUSED':
      return 'nobody listens there: start the hub, or mend "target.urls"';
    case 'EMFILE':
    case 'ENFILE':
      return 'too few file descriptors: raise `ulimit -n`, or ask for more "workers"';
    case 'EADDRNOTAVAIL':
    case 'EADDRINUSE':
      return 'no local port is left: widen net.ipv4.ip_local_port_range, or ask for more "workers", each of which has addresses of its own';
    case 'ENOBUFS':
    case 'ENOMEM':
      return 'the system has no memory left for sockets: raise net.ipv4.tcp_mem, or ask for fewer "sockets"';
    default:
      return problem.message;
  }
}
