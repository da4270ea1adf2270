import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centrifugoPeers } from './centrifugo.ts';
import type { Run } from './measure.ts';
import { type PeerResult, sit, summarise } from './sitting.ts';
import { workloads } from './workload.ts';

function run(deliveredPerCpuSecond: number, slow: string[] = []): Run {
  const figures = { deliveredPerSecond: 1, cores: 1, p50Ms: 1, p99Ms: 5, residentBytesPerSocket: 1000 };
  return { wrong: [], slow, deliveredPerCpuSecond, ...figures };
}

function result(peer: string, runs: Run[]): PeerResult {
  return { peer, about: '', version: '1.0.0', rateHeld: 10, runs };
}

test('the table compares medians of the runs that were held with those of the first peer', () => {
  const summaries = summarise([
    result('a', [run(300), run(330), run(1, ['late']), run(270)]),
    result('b', [run(100)]),
  ]);
  assert.deepEqual(
    summaries.map(({ perCpuSecond, firstIsBetter, runsHeld }) => [perCpuSecond, firstIsBetter, runsHeld]),
    [
      [300, 1, '3/4'],
      [100, 3, '1/1'],
    ],
  );
  assert.deepEqual(
    summaries.map(({ spreadPercent }) => spreadPercent),
    [20, Number.NaN],
  );
});

test('without its program Centrifugo is left out, and the line says how to get it', async () => {
  for (const [binary, words] of [
    [undefined, /CENTRIFUGO_BIN=\/path/],
    ['/nowhere/centrifugo', /CENTRIFUGO_BIN=\/nowhere\/centrifugo is no program/],
  ] as const) {
    const lines: string[] = [];
    const order = { peers: centrifugoPeers(binary), workload: workloads.idle, seconds: 1, rounds: 1 };
    const results = await sit(order, (line) => lines.push(line));
    assert.equal(results.length, 2);
    for (const { problem } of results) assert.match(problem ?? '', words);
    for (const line of lines) assert.match(line, words);
  }
});
