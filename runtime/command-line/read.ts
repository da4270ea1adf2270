import { type ParseArgsConfig, parseArgs } from 'node:util';
import { z } from '#runtime/schema.ts';
import { type CommandLine, innermost, mustBe, type Names } from './declare.ts';

/** What is wrong with a command line, in words for whoever typed it; a script then ends with code 2. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

type ValueOf<Option> = Option extends { readonly schema: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : boolean;

/** What a command line asks for, in the types that its schemas read. */
export interface Asked<Line extends CommandLine> {
  readonly options: Line extends { readonly options: infer Options }
    ? { readonly [Name in keyof Options]: ValueOf<Options[Name]> }
    : Readonly<Record<never, never>>;
  readonly names: Line extends { readonly names: { readonly each: infer Each extends z.ZodType } }
    ? readonly z.output<Each>[]
    : readonly never[];
  /** For the program of `passesOnTo`, as it was typed. */
  readonly passedOn: readonly string[];
}

/**
 * Reads a command line by node's `parseArgs` and by the schemas; names may stand between the options.
 * @throws CommandLineError for an option or a name that is not expected, else with every value that is wrong
 */
export function readCommandLine<const Line extends CommandLine>(
  line: Line,
  args: readonly string[],
): Asked<Line> {
  const { values, names, passedOn } =
    line.passesOnTo === undefined ? split(line, args) : splitOpen(line, args);
  const problems: string[] = [];
  const take = (what: string, given: unknown, schema: z.ZodType): unknown => {
    const read = schema.safeParse(given);
    if (!read.success) problems.push(problemOf(what, given, schema));
    return read.data;
  };
  const options = Object.entries(line.options ?? {}).map(([name, option]) => [
    name,
    'schema' in option ? take(`--${name}`, values[name], option.schema) : values[name] === true,
  ]);
  const read = line.names === undefined ? [] : readNames(line.names, names, take, problems);
  if (problems.length > 0) throw new CommandLineError(problems.join('\n'));
  return { options: Object.fromEntries(options), names: read, passedOn } as unknown as Asked<Line>;
}

function readNames(
  { value, each, min = 0, max = Number.POSITIVE_INFINITY }: Names,
  names: readonly string[],
  take: (what: string, given: unknown, schema: z.ZodType) => unknown,
  problems: string[],
): unknown[] {
  if (names.length < min) problems.push(`${value} is missing${mustBe(each, ': it must be ')}`);
  if (names.length > max)
    problems.push(`${max === 1 ? 'one' : max} ${value} at a time, not ${names.join(' ')}`);
  return names.map((name) => take(value, name, each));
}

function problemOf(what: string, given: unknown, schema: z.ZodType): string {
  const is = given === true ? 'has no value' : `is ${given ?? 'missing'}`;
  return `${what} ${is}${mustBe(schema, ', but must be ')}`;
}

interface Split {
  readonly values: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  readonly passedOn: readonly string[];
}

function split(line: CommandLine, args: readonly string[]): Split {
  const { values, positionals } = parse({ args: [...args], strict: true, options: parseOptions(line) });
  if (line.names === undefined && positionals.length > 0)
    throw new CommandLineError(`"${positionals[0]}" is not expected here`);
  return { values, names: positionals, passedOn: [] };
}

/** Where options of another program may stand: names come first, as nobody knows here which of those take a value. */
function splitOpen(line: CommandLine, args: readonly string[]): Split {
  const first = args.findIndex((arg) => arg.startsWith('-'));
  const names = first < 0 ? args : args.slice(0, first);
  const rest = first < 0 ? [] : args.slice(first);
  const options = parseOptions(line);
  const { values, tokens = [] } = parse({ args: rest, strict: false, options, tokens: true });
  const own = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || options[token.name] === undefined) continue;
    own.add(token.index);
    if (token.inlineValue === false) own.add(token.index + 1);
  }
  return { values, names, passedOn: rest.filter((_, index) => !own.has(index)) };
}

type ParseOptions = NonNullable<ParseArgsConfig['options']>;

function parseOptions({ options = {} }: CommandLine): ParseOptions {
  const entries = Object.entries(options).map(([name, option]) => {
    if (!('schema' in option)) return [name, { type: 'boolean' }] as const;
    const multiple = innermost(option.schema) instanceof z.ZodArray;
    const { short } = option;
    return [name, { type: 'string', multiple, ...(short !== undefined && { short }) }] as const;
  });
  return Object.fromEntries(entries);
}

function parse(config: ParseArgsConfig): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ ...config, allowPositionals: true });
  } catch (error) {
    throw new CommandLineError(firstSentence(error));
  }
}

/** Node goes on to explain how a name that begins with a dash is given: nobody meant that. */
function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/\. |\n/, 1)[0] ?? text;
}
