import { escapeHtml, linePlot } from './line-plot.ts';
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
<h1>${escapeHtml(scenario.about || 'swarm')} <b class="${verdict}">${verdict}</b></h1>
<p>${escapeHtml(date)}</p>
${failures.length === 0 ? '' : `<pre class="failures">${escapeHtml(failures.join('\n'))}</pre>`}
<table>${rowsOf(result).map(row).join('')}</table>
<h2>Processes <small>in the measured time</small></h2>
<table><tr><th>process</th><td>CPU seconds</td><td>cores</td><td>MiB</td></tr>${processRows(result)}</table>
${plots(result)}
<h2>Scenario</h2>
<pre>${escapeHtml(JSON.stringify(scenario, undefined, 2))}</pre>
</main></html>
`;
}

function row([name, value]: readonly [string, string]): string {
  return `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`;
}

function processRows({ processes }: Result): string {
  return processes
    .map(({ name, cpuSeconds, cores, residentBytes }) => {
      const cells = [cpuSeconds.toFixed(2), cores.toFixed(2), number(residentBytes / 1_048_576)];
      return `<tr><th>${escapeHtml(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
    })
    .join('');
}

function plots({ seconds, processes }: Result): string {
  const atSeconds = seconds.map((second) => second.atSeconds);
  const inside = seconds.filter((second) => second.measured);
  const measured: [number, number] = [
    (inside[0]?.atSeconds ?? 1) - (inside.length > 0 ? 1 : 0),
    inside.at(-1)?.atSeconds ?? 1,
  ];
  const shared = { atSeconds, measured };
  return [
    linePlot({
      ...shared,
      title: 'Rate',
      unit: 'updates per second',
      series: [{ name: 'delivered', values: seconds.map((second) => second.updatesPerSecond) }],
    }),
    linePlot({
      ...shared,
      title: 'Latency',
      unit: 'ms, of the updates of each second',
      series: [
        { name: 'p50', values: seconds.map((second) => second.p50) },
        { name: 'p99', values: seconds.map((second) => second.p99) },
        { name: 'max', values: seconds.map((second) => second.maxMs) },
      ],
    }),
    linePlot({
      ...shared,
      title: 'CPU',
      unit: 'cores',
      series: processes.map(({ name }) => ({
        name,
        values: seconds.map((second) => second.cores[name] ?? 0),
      })),
    }),
  ].join('\n');
}

const style = `
:root { color-scheme: light dark; --page: #fff; --ink: #1c2430; --quiet: #667085; --grid: #e4e7ec; --band: #f2f5fa;
  --line-0: #1f6feb; --line-1: #d9480f; --line-2: #2b8a3e; --line-3: #9c36b5; --line-4: #0b7285; --line-5: #c2255c;
  --line-6: #846358; --line-7: #5c5f66; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --ink: #e6e9ee; --quiet: #98a2b3; --grid: #2b323c;
  --band: #1a2029; --line-0: #6cb1ff; --line-1: #ff9f6b; --line-2: #69db7c; --line-3: #da8fee; --line-4: #4dd4e6;
  --line-5: #ff8fb4; --line-6: #c9a89c; --line-7: #b0b4bb; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 24px 16px; }
h1 { font-size: 20px; } h2 { font-size: 16px; margin: 28px 0 6px; } small, p { color: var(--quiet); font-weight: 400; }
b { font-size: 14px; padding: 2px 8px; border-radius: 4px; color: #fff; }
.holds { background: #2b8a3e; } .failed { background: #c92a2a; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 500; color: var(--quiet); }
th, td { padding: 3px 24px 3px 0; border-bottom: 1px solid var(--grid); font-variant-numeric: tabular-nums; }
pre { overflow: auto; background: var(--band); padding: 12px; font-size: 13px; }
svg { width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 11px; }
svg line { stroke: var(--grid); } .band { fill: var(--band); } polyline { fill: none; stroke-width: 1.5; }
.legend { margin: 0; } .legend span { margin-right: 16px; white-space: nowrap; }
.legend i { display: inline-block; width: 12px; height: 3px; margin-right: 6px; vertical-align: middle; }
`;
