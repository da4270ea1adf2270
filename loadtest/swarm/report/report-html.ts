import { linePlot, type PlotLine } from '#loadtest/report/line-plot.ts';
import { escapeXml } from '#loadtest/report/svg.ts';
import type { Second } from '#loadtest/swarm/measurement.ts';
import type { Result } from './result.ts';
import { number, rowsOf } from './table.ts';

/** One page with everything in it: no script, no file beside it, light and dark. */
export function htmlReport(result: Result): string {
  const { scenario, failures, date } = result;
  const verdict = failures.length === 0 ? 'holds' : 'failed';
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>swarm: ${verdict}</title>
<style>${style}</style>
<main>
<h1>${escapeXml(scenario.about || 'swarm')} <b class="${verdict}">${verdict}</b></h1>
<p>${escapeXml(date)}</p>
${failures.length === 0 ? '' : `<pre class="failures">${escapeXml(failures.join('\n'))}</pre>`}
<table>${rowsOf(result).map(row).join('')}</table>
<h2>Processes <small>in the measured time</small></h2>
<table><tr><th>process</th><td>CPU seconds</td><td>cores</td><td>MiB</td></tr>${processRows(result)}</table>
${plots(result)}
<h2>Scenario</h2>
<pre>${escapeXml(JSON.stringify(scenario, undefined, 2))}</pre>
</main></html>
`;
}

function row([name, value]: readonly [string, string]): string {
  return `<tr><th>${escapeXml(name)}</th><td>${escapeXml(value)}</td></tr>`;
}

function processRows({ processes }: Result): string {
  return processes
    .map(({ name, cpuSeconds, cores, residentBytes }) => {
      const cells = [cpuSeconds.toFixed(2), cores.toFixed(2), number(residentBytes / 1_048_576)];
      return `<tr><th>${escapeXml(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    })
    .join('');
}

function plots({ seconds, processes }: Result): string {
  const inside = seconds.filter((second) => second.measured);
  const band: [number, number] = [
    (inside[0]?.atSeconds ?? 1) - (inside.length > 0 ? 1 : 0),
    inside.at(-1)?.atSeconds ?? 1,
  ];
  const line = (name: string, of: (second: Second) => number): PlotLine => ({
    name,
    points: seconds.map((second) => ({ x: second.atSeconds, y: of(second) })),
  });
  const plot = (title: string, subtitle: string, unit: string, lines: readonly PlotLine[]): string =>
    linePlot({ title, subtitle, x: 'seconds since the sockets began to open', y: unit, band }, lines);
  return [
    plot('Rate', 'of each second', 'updates/s', [line('delivered', (second) => second.updatesPerSecond)]),
    plot('Latency', 'of the updates of each second', 'ms', [
      line('p50', (second) => second.p50),
      line('p99', (second) => second.p99),
      line('max', (second) => second.maxMs),
    ]),
    plot(
      'CPU',
      'of each process',
      'cores',
      processes.map(({ name }) => line(name, (second) => second.cores[name] ?? 0)),
    ),
  ].join('\n');
}

const style = `
:root { color-scheme: light dark; --page: #fff; --ink: #1c2430; --quiet: #667085; --grid: #e4e7ec; --band: #f2f5fa; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --ink: #e6e9ee; --quiet: #98a2b3; --grid: #2b323c;
  --band: #1a2029; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 20px; } h2 { font-size: 16px; margin: 28px 0 6px; } small, p { color: var(--quiet); font-weight: 400; }
b { font-size: 14px; padding: 2px 8px; border-radius: 4px; color: #fff; }
.holds { background: #2b8a3e; } .failed { background: #c92a2a; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 500; color: var(--quiet); }
th, td { padding: 3px 24px 3px 0; border-bottom: 1px solid var(--grid); font-variant-numeric: tabular-nums; }
pre { overflow: auto; background: var(--band); padding: 12px; font-size: 13px; }
svg { width: 100%; height: auto; margin: 16px 0 0; }
`;
