import { performance } from 'node:perf_hooks';

/** Returns a function that tells the share of its time that the event loop worked since the last call, 0 … 1. */
export function createLoopLoad(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const since = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    return since.utilization;
  };
}
