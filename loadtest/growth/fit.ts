/**
 * The coefficients whose sums of products come closest to `values` (least squares, by the normal equations).
 * @param rows the same number of quantities for each value
 * @throws RangeError when the rows do not tell the quantities apart
 */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const width = rows[0]?.length ?? 0;
  // Quantities differ by orders of magnitude: each column is scaled to at most 1.
  const scales = Array.from(
    { length: width },
    (_, at) => Math.max(...rows.map((row) => Math.abs(row[at] ?? 0))) || 1,
  );
  const scaled = rows.map((row) => row.map((quantity, at) => quantity / (scales[at] ?? 1)));
  const sum = (of: (row: readonly number[], index: number) => number): number =>
    scaled.reduce((all, row, index) => all + of(row, index), 0);
  const matrix = Array.from({ length: width }, (_, a) => [
    ...Array.from({ length: width }, (_, b) => sum((row) => (row[a] ?? 0) * (row[b] ?? 0))),
    sum((row, index) => (row[a] ?? 0) * (values[index] ?? 0)),
  ]);
  return solve(matrix).map((coefficient, at) => coefficient / (scales[at] ?? 1));
}

/**
 * The same where nothing can cost less than nothing: what comes out below 0 is lost in the noise, counts as 0, and the
 * others are fitted without it.
 */
export function leastCosts(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const costs = leastSquares(rows, values);
  const lowest = costs.indexOf(Math.min(...costs));
  if ((costs[lowest] ?? 0) >= 0 || costs.length === 1) return costs.map((cost) => Math.max(0, cost));
  const others = leastCosts(
    rows.map((row) => row.filter((_, at) => at !== lowest)),
    values,
  );
  return others.toSpliced(lowest, 0, 0);
}

/** How far the fit is from the values, each: its value minus the measured one. */
export function residuals(
  coefficients: readonly number[],
  rows: readonly (readonly number[])[],
  values: readonly number[],
): number[] {
  return rows.map(
    (row, index) =>
      row.reduce((sum, quantity, at) => sum + quantity * (coefficients[at] ?? 0), 0) - (values[index] ?? 0),
  );
}

const singular = 1e-9;

/** Gauss and Jordan, with the largest pivot of each column. @param matrix the right side is its last column */
function solve(matrix: number[][]): number[] {
  const width = matrix.length;
  for (let at = 0; at < width; at++) {
    const pivotRow = matrix
      .map((row, index) => ({ index, size: index < at ? -1 : Math.abs(row[at] ?? 0) }))
      .reduce((best, one) => (one.size > best.size ? one : best));
    if (pivotRow.size < singular)
      throw new RangeError('the points do not tell what each quantity costs: measure more of them');
    const pivot = matrix[pivotRow.index] as number[];
    matrix[pivotRow.index] = matrix[at] as number[];
    matrix[at] = pivot;
    for (const [index, row] of matrix.entries()) {
      if (index === at) continue;
      const factor = (row[at] ?? 0) / (pivot[at] ?? 1);
      for (let column = at; column <= width; column++)
        row[column] = (row[column] ?? 0) - factor * (pivot[column] ?? 0);
    }
  }
  return matrix.map((row, at) => (row[width] ?? 0) / (row[at] ?? 1));
}
