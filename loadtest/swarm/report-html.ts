import type { Result } from './result.ts';
import { rowsOf } from './table.ts';

/** One page with everything in it. */
export function htmlReport(result: Result): string {
  const rows = rowsOf(result).map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`);
  return `<!doctype html><title>swarm</title><table>${rows.join('')}</table>`;
}
