import type { BenchResult } from '#loadtest/bench/harness/bench.ts';
import { median } from '#loadtest/bench/harness/statistics.ts';
import { barPlot } from '#loadtest/report/bar-plot.ts';

/** The rows of a result as bars of their medians, each with a line from its worst to its best run. */
export function resultPlot(title: string, { rows, unit, better }: BenchResult): string {
  const bars = rows.map(({ name, against, values }) => ({
    name,
    value: median(values),
    spread: [Math.min(...values), Math.max(...values)] as const,
    kind: name === against ? ('yardstick' as const) : ('bar' as const),
  }));
  return barPlot(title, `${unit}, ${better} is better; line: worst to best run`, bars);
}
