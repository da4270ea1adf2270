import type { Bench, BenchResult } from './bench.ts';
import { measureBench } from './measure.ts';

/** What a bench's process tells the one that started it. */
export type BenchReport = { readonly result: BenchResult } | { readonly failure: string };

/*
 * One bench in a process of its own: `bench-process.ts FILE`, which answers by one message. When the process
 * that started it is gone or a signal comes it exits, and that ends all that the bench has started.
 */
const end = (): void => process.exit(130);
process.once('SIGINT', end).once('SIGTERM', end).once('disconnect', end);

async function report(): Promise<BenchReport> {
  try {
    const { bench } = (await import(process.argv[2] ?? '')) as { bench: Bench };
    return { result: await measureBench(bench, (line) => console.log(`  ${line}`)) };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.send?.(await report(), () => process.exit(0));
