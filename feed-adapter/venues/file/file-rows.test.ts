import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { test } from 'node:test';
import { rowsOf, writeFixture } from './file-fixtures.ts';
import { FileError } from './file-rows.ts';

const ibm = { symbol: 'IBM', time: '2013-10-07T08:00:30Z', price: '181.52' };

test('columns are known by their usual names, whatever their case; others are left out', async (t) => {
  const path = await writeFixture(
    t,
    'a.csv',
    '\ufeffTicker,Trade_Price,TimeStamp,exchange\r\nIBM,181.52,2013-10-07T08:00:30Z,P\r\n',
  );
  assert.deepEqual(await rowsOf({ path }), [ibm]);
});

test('columns with other names are found when they are named', async (t) => {
  const path = await writeFixture(t, 'a.csv', 'wkn,kurs,wann\nIBM,181.52,2013-10-07T08:00:30Z\n');
  const columns = { symbol: 'WKN', price: 'kurs', time: 'wann' };
  assert.deepEqual(await rowsOf({ path, columns }), [ibm]);
});

test('a column that was named replaces the usual one', async (t) => {
  const path = await writeFixture(t, 'a.csv', 'symbol,time,price,close\nIBM,2013-10-07T08:00:30Z,1,181.52\n');
  assert.deepEqual(await rowsOf({ path, columns: { price: 'close' } }), [ibm]);
});

test('a file without the columns of a tick is refused, with the columns that were found', async (t) => {
  const csv = await writeFixture(t, 'a.csv', 'symbol,date,close\nIBM,2013-10-07,1\n');
  const message = `${csv}: no column for time and price, bid or ask; columns found: symbol, date, close`;
  await assert.rejects(rowsOf({ path: csv }), { name: 'FileError', message });
  const json = await writeFixture(t, 'a.jsonl', '{"symbol":"IBM","close":1,"time":1}\n');
  await assert.rejects(
    rowsOf({ path: json }),
    /no column for price, bid or ask; columns found: symbol, close/,
  );
});

test('CSV, JSON Lines and both compressed give the same rows', async (t) => {
  const csv = `symbol,time,price\n${Object.values(ibm).join(',')}\n`;
  const json = `${JSON.stringify(ibm)}\n`;
  for (const [name, content] of [
    ['a.csv', csv],
    ['a.CSV.gz', csv],
    ['a.jsonl', json],
    ['a.ndjson.gz', json],
  ] as const)
    assert.deepEqual(await rowsOf({ path: await writeFixture(t, name, content) }), [ibm], name);
});

test('a CSV row of another length or with a stray quote is malformed, the others are read', async (t) => {
  const good = Object.values(ibm).join(',');
  const path = await writeFixture(
    t,
    'a.csv',
    `symbol,time,price\nIBM,1\n${good}\nI"BM,1,2\n\n${good}\nIBM,1,2,3\n`,
  );
  const rows = await rowsOf({ path });
  assert.deepEqual(
    rows.filter((row) => row !== 'malformed'),
    [ibm, ibm],
  );
  assert.equal(rows.length, 5);
});

test('a JSON line that is no object, or too long, is malformed, those after it are read', async (t) => {
  const good = JSON.stringify(ibm);
  const long = JSON.stringify({ ...ibm, note: 'x'.repeat(200_000) });
  const path = await writeFixture(
    t,
    'a.jsonl',
    [good, '[1]', '{"symbol":', '', long, good, '"x"', good, long].join('\n'),
  );
  assert.deepEqual(await rowsOf({ path }), [
    ibm,
    'malformed',
    'malformed',
    'malformed',
    ibm,
    'malformed',
    ibm,
    'malformed',
  ]);
});

test('JSON lines may have different fields, trades and quotes mixed', async (t) => {
  const path = await writeFixture(
    t,
    'a.jsonl',
    '{"symbol":"IBM","time":1,"price":2}\r\n{"ts":2,"sym":"IBM","bid":3,"constructor":1}',
  );
  assert.deepEqual(await rowsOf({ path }), [
    { symbol: 'IBM', time: 1, price: 2 },
    { symbol: 'IBM', time: 2, bid: 3 },
  ]);
});

test('characters of several bytes survive the borders of chunks', async (t) => {
  const conditions = 'ü€𝄞'.repeat(5000);
  const line = JSON.stringify({ ...ibm, conditions });
  const path = await writeFixture(t, 'a.jsonl', `${line}\n`.repeat(20));
  for (const row of await rowsOf({ path })) assert.deepEqual(row, { ...ibm, conditions });
});

test('a file that is missing, empty, cut off or of another kind is an error that names it', async (t) => {
  const cut = await writeFixture(t, 'a.csv.gz', 'symbol,time,price\n');
  await truncate(cut, 15);
  const bad = [
    '/nowhere/a.csv',
    await writeFixture(t, 'a.csv', ''),
    await writeFixture(t, 'a.jsonl', '\n\n'),
    await writeFixture(t, 'a.txt', 'symbol,time,price\n'),
    cut,
  ];
  for (const path of bad)
    await assert.rejects(
      rowsOf({ path }),
      (error) => error instanceof FileError && error.message.startsWith(`${path}: `),
    );
});
