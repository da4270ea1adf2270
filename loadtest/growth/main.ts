import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '#loadtest/bench/report/machine.ts';
import { writeMarkedSection } from '#loadtest/bench/report/marked-section.ts';
import { linePlot } from '#loadtest/report/line-plot.ts';
import { formatNumber, formatTable } from '#loadtest/report/table.ts';
import { createProgress } from '#loadtest/swarm/report/progress.ts';
import { runScenario } from '#loadtest/swarm/run.ts';
import { SwarmError } from '#loadtest/swarm/scenario.ts';
import { checkSystem, readSystemLimits } from '#loadtest/swarm/system-limits.ts';
import { provideRedis } from '#loadtest/swarm/target/provide-redis.ts';
import { startStage } from '#loadtest/swarm/target/stage.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { commandLine, type GrowthOrder, growthOrder } from './arguments.ts';
import { capacityMarkdown } from './capacity.ts';
import { costsOf } from './costs.ts';
import { linesOf } from './lines.ts';
import { assumptions, type Growth, growths, type Step, stepsOf } from './plan.ts';
import { type Point, pointOf } from './point.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'benchmarks');
const pointsPath = join(folder, 'growth.json');

/** Points of a growth, with where and when they were measured. */
interface Curve {
  readonly machine: string;
  readonly date: string;
  readonly points: readonly Point[];
}

/** What `growth.json` holds. */
type Curves = Readonly<Partial<Record<Growth, Curve>>>;

/** `npm run growth`; see `commandLine`. Returns the exit code: 1 when a point does not hold. */
async function main(order: GrowthOrder): Promise<number> {
  readCurves(); // one that can not be read is told before anything is measured
  provideRedis(process.env);
  const machine = describeMachine(process.env.TICKWIRE_TEST_REDIS_SERVER ?? 'redis-server');
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  let ended = false;
  void interrupted.then(() => {
    ended = true;
  });
  let held = true;
  for (const growth of order.growths) {
    const points: Point[] = [];
    for (const step of stepsOf(growth, order.seconds)) {
      if (ended) return 1;
      points.push(await measure(step, interrupted));
    }
    if (ended) return 1;
    print(growth, points);
    if (order.write) store(growth, points, machine);
    held &&= points.every(({ failures }) => failures.length === 0);
  }
  return held ? 0 : 1;
}

async function measure(step: Step, interrupted: Promise<string>): Promise<Point> {
  const { growth, line, x, scenario } = step;
  console.log(`\n── ${formatNumber(x)} ${growth}, ${line} ──`);
  const { target, format } = scenario;
  if (!('stage' in target)) throw new Error('growth brings a stage of its own');
  checkSystem(scenario, readSystemLimits());
  const stage = await startStage(target.stage, format);
  const progress = createProgress(process.stdout);
  try {
    const result = await runScenario(scenario, stage, { progress: progress.show, interrupted });
    return pointOf(step, result);
  } finally {
    progress.done();
    await stage.stop();
  }
}

function print(growth: Growth, points: readonly Point[]): void {
  const rows = points.map((point) => ({
    line: point.line,
    [growth]: point.x,
    'hub cores': point.hubCores,
    'Redis cores': point.redisCores,
    'deliveries/s': point.deliveriesPerSecond,
    'hub CPU s per 1M': point.hubCpuSecondsPerMillion,
    'p99 ms': point.p99Ms,
    'hub MiB': point.hubMebibytes,
    held: point.failures.length === 0 ? 'yes' : point.failures.join('; '),
  }));
  console.log(`\n${formatTable(rows)}`);
}

/** The points of other growths stay as they are. */
function store(growth: Growth, points: readonly Point[], machine: string): void {
  mkdirSync(folder, { recursive: true });
  const curve: Curve = { machine, date: new Date().toISOString().slice(0, 10), points };
  const measured = { ...readCurves(), [growth]: curve };
  const curves = growths.flatMap((name) => (measured[name] ? [[name, measured[name]] as const] : []));
  writeFileSync(pointsPath, `${JSON.stringify(Object.fromEntries(curves), rounded, 2)}\n`);
  const axes = { title: `Hub CPU by ${growth}`, subtitle: assumptions[growth], x: growth, y: 'hub cores' };
  writeFileSync(join(folder, `growth-${growth}.svg`), linePlot(axes, linesOf(points)));
  if (curves.length === growths.length) writeCapacity(curves.map(([, one]) => one));
}

/** Points that did not hold say nothing of what things cost; the table and the plots show them all the same. */
function writeCapacity(curves: readonly Curve[]): void {
  const points = curves.flatMap((curve) => curve.points);
  const places = new Set(curves.map(({ machine, date }) => `${date}, ${machine}`));
  const costs = costsOf(points.filter(({ failures }) => failures.length === 0));
  const text = capacityMarkdown(points, costs, [...places].join('; '));
  writeMarkedSection(join(root, 'docs', 'capacity.md'), 'growth', text);
  console.log('docs/capacity.md has the figures');
}

function readCurves(): Curves {
  try {
    return JSON.parse(readFileSync(pointsPath, 'utf8')) as Curves;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new SwarmError(`${pointsPath} can not be read: remove it, and measure all growths again`);
    return {};
  }
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}

try {
  process.exitCode = await runScript(commandLine, process.argv.slice(2), process, (asked) =>
    main(growthOrder(asked)),
  );
} catch (error) {
  if (!(error instanceof SwarmError || error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
process.exit();
