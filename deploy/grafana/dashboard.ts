/** What a dashboard shows; `toGrafana` makes of it what Grafana imports. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  /** For people: what question it answers. */
  readonly description: string;
  /** A metric that every process has which the dashboard is for: its labels fill the variables. */
  readonly chosenBy: string;
  /** One row that answers "is it all right?"; at most six. */
  readonly answers: readonly Panel[];
  readonly graphs: readonly Panel[];
}

export interface Panel {
  readonly title: string;
  /** What it is, and what is good. */
  readonly description: string;
  /** By legend; queries may use `$job`, `$instance` and `$__rate_interval`. */
  readonly queries: Readonly<Record<string, string>>;
  /** As Grafana names it: `short`, `s`, `percentunit`, `bytes`, `cps` (per second) … */
  readonly unit: 'short' | 's' | 'percentunit' | 'bytes' | 'cps';
  /** Where the colour changes, from the lowest; undefined: there is no good or bad in it. */
  readonly thresholds?: readonly Threshold[];
}

/** From `from` on it is of this colour; the first holds from the lowest value. */
export interface Threshold {
  readonly from: number;
  readonly color: 'green' | 'orange' | 'red';
}

/** Labels of what was chosen in the variables. */
export const chosen = 'job=~"$job",instance=~"$instance"';

/** Bad from `red` on, and to be watched from `orange` on. */
export function badAbove(orange: number, red: number): readonly Threshold[] {
  return steps({ from: 0, color: 'green' }, { from: orange, color: 'orange' }, { from: red, color: 'red' });
}

/** Good from `green` on, to be watched from `orange` on, bad below. */
export function goodAbove(orange: number, green: number): readonly Threshold[] {
  return steps({ from: 0, color: 'red' }, { from: orange, color: 'orange' }, { from: green, color: 'green' });
}

/** Of two that begin at the same value the later one counts. */
function steps(...all: readonly Threshold[]): readonly Threshold[] {
  return all.filter(({ from }, i) => from !== all[i + 1]?.from);
}

const columns = 24;
const answerHeight = 4;
const graphHeight = 8;

/** As Grafana imports it (schema 39, Grafana 10 and later). */
export function toGrafana(dashboard: Dashboard): object {
  const { uid, title, description, answers, graphs } = dashboard;
  const width = columns / answers.length;
  const answerPanels = answers.map((panel, i) => ({
    ...panelOf(panel, i + 1, { x: i * width, y: 0, w: width, h: answerHeight }),
    type: 'stat',
    options: { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' },
  }));
  const graphPanels = graphs.map((panel, i) => ({
    ...panelOf(panel, answers.length + i + 1, {
      x: (i % 2) * (columns / 2),
      y: answerHeight + Math.floor(i / 2) * graphHeight,
      w: columns / 2,
      h: graphHeight,
    }),
    type: 'timeseries',
    options: { legend: { displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'max'] } },
  }));
  return {
    ...{ uid, title, description, tags: ['tickwire'], schemaVersion: 39, editable: false, refresh: '10s' },
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variables(dashboard) },
    links: [{ type: 'dashboards', tags: ['tickwire'], title: 'Tickwire', asDropdown: true }],
    panels: [...answerPanels, ...graphPanels],
  };
}

const datasource = { type: 'prometheus', uid: '$datasource' } as const;

function panelOf({ title, description, queries, unit, thresholds }: Panel, id: number, gridPos: object) {
  const steps = (thresholds ?? []).map(({ from, color }, i) => ({ value: i === 0 ? null : from, color }));
  const colors =
    thresholds === undefined
      ? { color: { mode: 'palette-classic' } }
      : { thresholds: { mode: 'absolute', steps }, color: { mode: 'thresholds' } };
  return {
    ...{ id, title, description, gridPos, datasource },
    targets: Object.entries(queries).map(([legendFormat, expr], i) => ({
      ...{ refId: String.fromCharCode('A'.charCodeAt(0) + i), datasource, expr, legendFormat },
    })),
    fieldConfig: { defaults: { unit, min: 0, ...colors }, overrides: [] },
  };
}

function variables({ chosenBy }: Dashboard): readonly object[] {
  const all = { includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  const labels = (name: string, query: string): object => ({
    ...{ name, label: name, type: 'query', datasource, query, definition: query },
    ...{ refresh: 2, sort: 1, ...all },
  });
  return [
    { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
    labels('job', `label_values(${chosenBy}, job)`),
    labels('instance', `label_values(${chosenBy}{job=~"$job"}, instance)`),
  ];
}
