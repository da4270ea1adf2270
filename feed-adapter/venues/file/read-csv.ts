import { pipeline, type Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { Columns, FileField, FileRow } from './file-columns.ts';

/** A longer row is none. Without the bound one quote too many would take the rest of the file into memory. */
const rowBytesMax = 65_536;

/**
 * Rows of comma-separated values (RFC 4180); the first one names the columns. Rows that the parser
 * skips are reported as `malformed` a little before their place, because it reads ahead.
 * @throws Error when the columns can not be those of ticks, or what `bytes` throws
 */
export async function* readCsv(
  bytes: Readable,
  columns: Columns,
): AsyncGenerator<FileRow | 'malformed', void> {
  let fields: readonly (FileField | undefined)[] | undefined;
  let skipped = 0;
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: rowBytesMax,
    on_skip: () => {
      skipped++;
      return undefined;
    },
  });
  // What goes wrong destroys the parser with the error, which is then thrown here.
  for await (const record of pipeline(bytes, parser, () => undefined)) {
    const cells: readonly string[] = record;
    for (; skipped > 0; skipped--) yield 'malformed';
    if (fields === undefined) fields = fieldsOf(cells, columns);
    else yield cells.length === fields.length ? rowOf(cells, fields) : 'malformed';
  }
  for (; skipped > 0; skipped--) yield 'malformed';
  if (fields === undefined) throw new Error('the file has no rows');
}

function fieldsOf(header: readonly string[], columns: Columns): readonly (FileField | undefined)[] {
  const problem = columns.problem(header);
  if (problem !== undefined) throw new Error(problem);
  return header.map((column) => columns.fieldOf(column));
}

/** Where two columns are the same field, the left one counts. */
function rowOf(cells: readonly string[], fields: readonly (FileField | undefined)[]): FileRow {
  const row: Partial<Record<FileField, unknown>> = {};
  for (const [index, field] of fields.entries()) if (field !== undefined) row[field] ??= cells[index];
  return row;
}
