import type { IContainer } from 'kubernetes-models/v1';
import { readFeedConfig, readHubConfig } from './config-problems.ts';
import type { Environment } from './environment.ts';
import { portOf } from './pod-problems.ts';
import type { ProcessName } from './workloads.ts';

interface Listening {
  readonly port: string;
  readonly hostKey: string;
  readonly host: string;
  readonly portKey: string;
  readonly number: number;
}

/**
 * Where a process listens on another port than its container says, or where nobody outside the pod reaches it.
 * @param environment one that the process accepts
 */
export function listeningProblems(
  process: ProcessName,
  container: IContainer,
  environment: Environment,
): string[] {
  return listensOn(process, environment).flatMap(({ port, hostKey, host, portKey, number }) => {
    const said = portOf(container, port);
    return [
      ...(said === number
        ? []
        : [`${portKey} is ${number}, but the container's port "${port}" is ${said ?? 'not there'}`]),
      ...(isLoopback(host)
        ? [`${hostKey} is ${host}, so nobody outside the pod reaches port ${number}: set it to 0.0.0.0`]
        : []),
    ];
  });
}

function listensOn(process: ProcessName, environment: Environment): Listening[] {
  const { operationsHost, operationsPort, ...config } =
    process === 'hub' ? readHubConfig(environment) : readFeedConfig(environment);
  const operations = {
    port: 'operations',
    hostKey: 'TICKWIRE_OPERATIONS_HOST',
    host: operationsHost,
    portKey: 'TICKWIRE_OPERATIONS_PORT',
    number: operationsPort,
  };
  const clients =
    'feedPort' in config
      ? {
          port: 'push',
          hostKey: 'TICKWIRE_FEED_HOST',
          host: config.feedHost,
          portKey: 'TICKWIRE_FEED_PORT',
          number: config.feedPort,
        }
      : {
          port: 'clients',
          hostKey: 'TICKWIRE_HOST',
          host: config.host,
          portKey: 'TICKWIRE_PORT',
          number: config.port,
        };
  return [operations, clients];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
