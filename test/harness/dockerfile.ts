import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** E.g. `RUN`. */
  readonly name: string;
  readonly value: string;
}

/** The instructions of each stage, from its `FROM` on. */
export function readStages(path: string): readonly (readonly Instruction[])[] {
  const text = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '');
  const stages: Instruction[][] = [];
  for (const [, name = '', value = ''] of text.matchAll(/^([A-Z]+) +(.*)$/gm)) {
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, value });
  }
  return stages;
}

/** Whether a `COPY . .` takes a file along, by the `.dockerignore` of the checkout: the last line that fits counts. */
export function readDockerignore(root: string): (path: string) => boolean {
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const rules = lines.map((line) => ({
    taken: line.startsWith('!'),
    fits: patternOf(line.replace(/^!/, '')),
  }));
  return (path) => rules.findLast(({ fits }) => fits.test(path))?.taken ?? true;
}

/** Docker's patterns: `**` is any number of folders, `*` no more than a name; what is below a match fits, too. */
function patternOf(line: string): RegExp {
  const source = line
    .split('/')
    .map((part) => (part === '**' ? '(.*/)?' : `${part.replace(/\./g, '\\.').replace(/\*/g, '[^/]*')}/`))
    .join('')
    .replace(/\/$/, '');
  return new RegExp(`^${source}(/.*)?$`);
}
