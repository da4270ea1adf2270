import { adapter } from './boards/adapter.ts';
import { fanOut } from './boards/fan-out.ts';
import { hub } from './boards/hub.ts';
import { overview } from './boards/overview.ts';
import { type Dashboard, toGrafana } from './dashboard.ts';

export const dashboards: readonly Dashboard[] = [overview, hub, fanOut, adapter];

/** What is in `dashboards/`, by name. */
export const dashboardFiles: ReadonlyMap<string, string> = new Map(
  dashboards.map((dashboard) => [
    `${dashboard.uid}.json`,
    `${JSON.stringify(toGrafana(dashboard), null, 1)}\n`,
  ]),
);
