import { runScript } from '#runtime/command-line/run-script.ts';
import type { SceneTest } from '#test/harness/scene.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import { commandLine, type FuzzArguments, fuzzArguments } from './arguments.ts';
import type { Attack } from './attacks.ts';
import { burst, campaign } from './campaign.ts';
import { minimise } from './minimise.ts';
import { findingText, summaryOf } from './report.ts';
import { type FuzzTarget, openTarget } from './target.ts';

/** `npm run fuzz`; see `commandLine`. */
async function main({ seed, messages, seconds, auth }: FuzzArguments): Promise<number> {
  say(`seed ${seed}`);
  let said = performance.now();
  const progress = (sent: number): void => {
    if (performance.now() - said < 10_000) return;
    said = performance.now();
    say(`${sent} sent`);
  };
  return withTarget(seed, auth, async (target) => {
    const limits = { seed, first: 0, messages, seconds, burstAttacks: 500 };
    const result = await campaign(target, limits, progress);
    say(summaryOf(result, seed, target.rssBytes));
    if (result.finding === undefined) return 0;
    const { problem, attacks } = result.finding;
    say(`found: ${problem}\nlooking for the fewest messages that repeat it …`);
    say(findingText(problem, await fewest(attacks, seed, auth), seed));
    return 1;
  });
}

type Auth = FuzzArguments['auth'];

/** A try takes a hub and a Redis of its own: some seconds. */
const triesMax = 60;

async function fewest(attacks: readonly Attack[], seed: number, auth: Auth): Promise<readonly Attack[]> {
  const fails = (some: readonly Attack[]): Promise<boolean> =>
    withTarget(seed, auth, async (target) => (await burst(target, some)).finding !== undefined);
  const few = await minimise(attacks, fails, triesMax);
  const [only] = few;
  if (few.length !== 1 || only === undefined) return few;
  const parts = await minimise(only.parts, (some) => fails([{ ...only, parts: some }]), triesMax);
  return [{ ...only, parts }];
}

async function withTarget<Result>(
  seed: number,
  auth: Auth,
  work: (target: FuzzTarget) => Promise<Result>,
): Promise<Result> {
  const endings: (() => Promise<void>)[] = [];
  const t: SceneTest = { after: (end) => void endings.push(end), diagnostic: () => undefined };
  try {
    return await work(await openTarget(t, createSeededRandom(seed), auth));
  } finally {
    for (const end of endings) await end();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await runScript(commandLine, process.argv.slice(2), process, (asked) =>
  main(fuzzArguments(asked, Math.floor(Math.random() * 1e9))),
);
process.exit();
