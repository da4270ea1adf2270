import { writeFileSync } from 'node:fs';
import { describeMachine } from '#loadtest/bench/report/machine.ts';
import { formatTable } from '#loadtest/report/table.ts';
import { runScript } from '#runtime/command-line/run-script.ts';
import { type ChaosArguments, chaosArguments, commandLine, trackedPage } from './arguments.ts';
import { expectedSeconds } from './expected-time.ts';
import { clientRow, reliabilityPage } from './report.ts';
import { readOutcomes, storeOutcomes } from './results.ts';
import { type Outcome, runScenarios } from './run.ts';
import { chooseScenarios, listScenarios } from './scenarios.ts';

/** `npm run chaos`: injects the faults, and ends with a table. Exit code 1 where a promise broke. */
async function main({ names, out, soakMinutes, list }: ChaosArguments): Promise<number> {
  const all = listScenarios(soakMinutes * 60_000);
  const chosen = chooseScenarios(all, names);
  const last = readOutcomes(resultsOf(out ?? trackedPage)); // a damaged file shows before the work, not after it
  const minutes = Math.ceil(expectedSeconds(chosen, last) / 60);
  if (list) for (const { name, redis, fault } of chosen) console.log(`${name} (${redis}): ${fault}`);
  console.log(`${chosen.length} scenarios, about ${minutes} minutes`);
  if (list) return 0;
  const at = { machine: describeMachine('redis-server'), date: new Date().toISOString().slice(0, 10) };
  const order = all.map(({ name }) => name);
  const outcomes = await runScenarios(chosen, {
    testCluster: (text) => console.log(`— ${text}`),
    begun({ name, fault }) {
      const place = chosen.findIndex((scenario) => scenario.name === name) + 1;
      console.log(`  ${place} of ${chosen.length}, minute ${minuteNow()}: ${name}: ${fault}`);
    },
    ended: tell,
    // As it goes on: of a run that is broken off, what has ended stays.
    closed(ended) {
      if (out === undefined) return;
      writeFileSync(out, reliabilityPage(storeOutcomes(resultsOf(out), ended, at, order), all));
    },
  });
  console.log(
    `\n${formatTable(outcomes.map((outcome) => clientRow(outcome.scenario.name, { ...storable(outcome), ...at })))}`,
  );
  const page = out === undefined ? `nothing is written (--write: ${trackedPage})` : `${out} is written`;
  console.log(`\n${page}, after ${minuteNow()} minutes`);
  return outcomes.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

/** The figures of a page, in the folder of its name. */
function resultsOf(page: string): string {
  return page.replace(/(\.md)?$/, '/results.json');
}

/** Since the start. */
function minuteNow(): number {
  return Math.floor(performance.now() / 60_000);
}

function storable({ scenario: { fault, redis }, result, failures }: Outcome) {
  return { fault, redis, failures, ...(result !== undefined && { result }) };
}

function tell({ result, failures }: Outcome): void {
  for (const { text, measured, held } of result?.promised ?? [])
    console.log(`    ${held ? 'held' : 'NOT HELD'}: ${text}: ${measured}`);
  for (const failure of failures) console.log(`    FAILED: ${failure}`);
  if (result !== undefined && failures.length === 0)
    console.log(`    holds; ${result.stalled} stalled, longest ${Math.round(result.stallMaxMs)} ms`);
}

// Every process and server that is started ends with this one: more listeners than Node takes for normal.
process.setMaxListeners(0);
process.exit(
  await runScript(commandLine, process.argv.slice(2), process, (asked) => main(chaosArguments(asked))),
);
