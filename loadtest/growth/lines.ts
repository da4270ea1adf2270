import type { PlotLine } from '#loadtest/report/line-plot.ts';
import type { Point } from './point.ts';

/** The points as lines of hub cores, in the order in which their names first come. */
export function linesOf(points: readonly Point[]): PlotLine[] {
  const names = [...new Set(points.map(({ line }) => line))];
  return names.map((name) => ({
    name,
    points: points
      .filter(({ line }) => line === name)
      .map(({ x, hubCores, failures }) => ({ x, y: hubCores, held: failures.length === 0 })),
  }));
}
