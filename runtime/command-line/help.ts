import { z } from '#runtime/schema.ts';
import { type CommandLine, type Flag, mustBe, type ValueOption } from './declare.ts';

const widthMax = 120;

/** What `--help` prints. */
export function helpText(line: CommandLine): string {
  const { about, notes = [], examples = [] } = line;
  const parts = [
    [`Usage: ${usageOf(line)}`, ...wrapped(about, 2)].join('\n'),
    table(rowsOf(line)),
    ...notes.map((note) => note.trimEnd()),
    ...(examples.length === 0 ? [] : [['Examples', ...examples.map((text) => `  ${text}`)].join('\n')]),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** npm wants `--` before what is for the script. */
function usageOf({ command, options = {}, names, passesOnTo }: CommandLine): string {
  const needed = names !== undefined && (names.min ?? 0) > 0;
  const many = (names?.max ?? Number.POSITIVE_INFINITY) > 1 ? ' …' : '';
  const open = passesOnTo === undefined ? [] : [`[options of ${passesOnTo}]`];
  const named = names === undefined ? [] : [needed ? names.value + many : `[${names.value}${many}]`];
  const own = Object.keys(options).length === 0 ? [] : ['[options]'];
  const all = passesOnTo === undefined ? [...own, ...named] : [...named, ...own, ...open];
  if (all.length === 0) return command;
  const words = command.startsWith('npm ') ? `-- ${all.join(' ')}` : all.join(' ');
  return `${command} ${needed ? words : `[${words}]`}`;
}

type Row = readonly [left: string, right: string];

function rowsOf({ names, options = {} }: CommandLine): Row[] {
  const named: Row[] = names === undefined ? [] : [[names.value, names.about + mustBe(names.each, ': ')]];
  return [...named, ...Object.entries(options).map(rowOf), ['--help', 'shows this']];
}

function rowOf([name, option]: readonly [string, Flag | ValueOption]): Row {
  if (!('schema' in option)) return [`--${name}`, option.about];
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const facts = mustBe(option.schema, ': ') + unless(option.schema);
  return [`${short}--${name} ${option.value}`, option.about + facts];
}

function unless(schema: z.ZodType): string {
  if (!(schema instanceof z.ZodDefault)) return '';
  const { defaultValue } = schema.def;
  return Array.isArray(defaultValue) ? '' : `; ${String(defaultValue)} when not given`;
}

function table(rows: readonly Row[]): string {
  const leftWidth = Math.max(...rows.map(([left]) => left.length));
  const indent = leftWidth + 5;
  return rows
    .map(([left, right]) => `  ${left.padEnd(leftWidth)}   ${wrapped(right, indent).join('\n').trimStart()}`)
    .join('\n');
}

/** Lines of at most `widthMax` characters. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > widthMax) {
      lines.push(line);
      line = word;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each);
}
