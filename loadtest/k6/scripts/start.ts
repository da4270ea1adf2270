import exec from 'k6/execution';
import http from 'k6/http';
import { catalogueUrl, chooseSymbols } from '#loadtest/scripted/catalogue.ts';
import { type Parameters, readParameters, type ScenarioName } from '#loadtest/scripted/parameters.ts';
import { startFromZero } from './metrics.ts';

/** What `setup` hands to the virtual users. */
export interface Start {
  readonly symbols: readonly string[];
  /** Unix ms of the first virtual user. */
  readonly startedAtMs: number;
}

/** The scenario's parameters, from `-e`. @throws Error with a line for each problem */
export function parametersOf(scenario: ScenarioName): Parameters {
  const read = readParameters(scenario, __ENV);
  if (read.ok) return read.parameters;
  throw new Error(read.problems.join('\n'));
}

/** For `setup`: asks the hub for its symbols, and ends the run with one line when it can not. */
export function start({ targets, symbols }: Parameters): Start {
  const url = catalogueUrl(targets[0] ?? '');
  startFromZero();
  const { status, body } = http.get(url, { timeout: '5s', responseType: 'text' });
  try {
    const answered = status !== 0 && typeof body === 'string' ? body : undefined;
    return { symbols: chooseSymbols(url, answered, symbols), startedAtMs: Date.now() };
  } catch (error) {
    exec.test.abort(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
