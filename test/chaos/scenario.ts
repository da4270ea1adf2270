import type { TestClusterOptions } from './test-cluster.ts';
import type { Trial } from './trial.ts';

/** One fault. It leaves the test cluster as it found it: whole. */
export interface Scenario {
  /** For the command line: `hub-killed`. */
  readonly name: string;
  /** What happens, for the report. */
  readonly fault: string;
  /** What the figures do not say by themselves, for the report; whole sentences. */
  readonly remark?: string;
  readonly redis: TestClusterOptions['redis'];
  /** Where the test cluster has to be another than the usual one; such a scenario has it for itself. */
  readonly testCluster?: Partial<TestClusterOptions>;
  /** How long it takes, where that is known before it was run. */
  readonly seconds?: number;
  /** Injects the fault and repairs what does not repair itself; notes what it promises. */
  run(trial: Trial): Promise<void>;
}
