import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readParameters, type ScenarioName, scenarioNames } from '#loadtest/scripted/parameters.ts';
import { scriptVariables } from './artillery-tool.ts';
import { createEventsSink, startFromZero } from './events.ts';
import * as processor from './processor.ts';
import { stayOf } from './stay.ts';

interface Script {
  readonly config: { readonly processor: string; readonly ensure: { conditions: { expression: string }[] } };
  readonly scenarios: readonly { flow: readonly { function?: string; connect?: { function: string } }[] }[];
}

function parametersOf(scenario: ScenarioName) {
  const read = readParameters(scenario, { DURATION: '40s' });
  assert.ok(read.ok);
  return read.parameters;
}

for (const scenario of scenarioNames) {
  const text = readFileSync(new URL(`./${scenario}.json`, import.meta.url), 'utf8');
  const script = JSON.parse(text) as Script;

  test(`${scenario} names functions and variables that are there`, () => {
    assert.equal(script.config.processor, './processor.ts');
    const names = script.scenarios.flatMap(({ flow }) =>
      flow.map((step) => step.function ?? step.connect?.function),
    );
    assert.deepEqual(names, ['chooseTarget', 'follow']);
    for (const name of names) assert.ok(name !== undefined && name in processor, name);
    const known = { TARGET: '', ...scriptVariables(scenario, parametersOf(scenario)) };
    for (const [, name = ''] of text.matchAll(/\$env\.(\w+)/g)) assert.ok(name in known, name);
  });

  test(`${scenario} fails on whatever a client may not see, by metrics that are emitted`, () => {
    const emitted = new Set<string>(['vusers.failed']);
    const events = { emit: (_: string, name: string) => emitted.add(name) };
    startFromZero(events);
    const sink = createEventsSink(events, 'base');
    sink.update(1);
    sink.answered(1);
    sink.resumed(1, true);
    const expressions = script.config.ensure.conditions.map(({ expression }) => expression);
    for (const kind of ['gaps', 'repeats', 'disorders', 'behind', 'resets', 'drops', 'connect_failures'])
      assert.ok(expressions.includes(`tickwire.${kind} == 0`), kind);
    assert.ok(expressions.includes('tickwire.updates > 0'));
    for (const expression of expressions) {
      const name = expression.split(' ', 1)[0]?.replace(/\.(p\d+|max)$/, '') ?? '';
      assert.ok(emitted.has(name), expression);
    }
  });
}

test('who comes late stays as long as the others, and a storm is at the same moment for all', () => {
  const parameters = parametersOf('reconnect-storm');
  assert.equal(stayOf('ramp', parameters, 1000, 6000).stayMs, 35_000);
  assert.deepEqual(stayOf('reconnect-storm', parameters, 1000, 1000).reconnectsMs, [10_000, 20_000, 30_000]);
  assert.deepEqual(stayOf('reconnect-storm', parameters, 1000, 16_000).reconnectsMs, [5000, 15_000]);
});

test('the crowd of a spike comes after a while and goes before the others', () => {
  const parameters = parametersOf('spike');
  assert.equal(stayOf('spike', parameters, 0, 900).crowd, 'base');
  const crowd = stayOf('spike', parameters, 0, 14_000);
  assert.deepEqual([crowd.crowd, Math.round(crowd.stayMs)], ['crowd', 13_333]);
  assert.throws(() => stayOf('flood', parameters, 0, 0), /SCENARIO=flood must be smoke/);
});
