/** A program that tests start and that no npm package brings along. */
export interface Tool {
  /** Environment key that may hold the path of the program. */
  readonly key: string;
  /** Debian's packages to unpack when the program is nowhere; the libraries that they need come along. */
  readonly packages: readonly [string, ...string[]];
  /** Asks the program for its version and does nothing else. */
  readonly versionFlag: string;
  /** The major version, in what the program answers. */
  readonly version: RegExp;
  readonly majorMin: number;
}

export type ToolName = 'redis-server' | 'haproxy' | 'prometheus' | 'promtool';

export const tools: Readonly<Record<ToolName, Tool>> = {
  'redis-server': {
    key: 'TICKWIRE_TEST_REDIS_SERVER',
    packages: ['redis-server', 'redis-tools', 'redis-sentinel'],
    versionFlag: '--version',
    version: /v=(\d+)/,
    majorMin: 7, // sharded pub/sub
  },
  haproxy: {
    key: 'TICKWIRE_TEST_HAPROXY',
    packages: ['haproxy'],
    versionFlag: '-v',
    version: /version (\d+)/,
    majorMin: 2,
  },
  prometheus: {
    key: 'TICKWIRE_TEST_PROMETHEUS',
    packages: ['prometheus'],
    versionFlag: '--version',
    version: /version (\d+)/,
    majorMin: 2,
  },
  promtool: {
    key: 'TICKWIRE_TEST_PROMTOOL',
    packages: ['prometheus'],
    versionFlag: '--version',
    version: /version (\d+)/,
    majorMin: 2,
  },
};
