import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { assertNever } from '#runtime/assert-never.ts';
import { chooseCommand, type ScriptName } from './commands.ts';
import { type Manifest, runNode, scriptOf } from './script-process.ts';

const { stdout, stderr, env } = process;
const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;

/** `tickwire`: returns the exit code; 2 = the command line is wrong. */
async function main(args: readonly string[]): Promise<number> {
  const choice = chooseCommand(args);
  switch (choice.kind) {
    case 'text':
      stdout.write(choice.text);
      return 0;
    case 'version':
      stdout.write(`${manifest.version}\n`);
      return 0;
    case 'problem':
      stderr.write(`${choice.problem}\ntickwire --help lists what there is.\n`);
      return 2;
    case 'script':
      return runOne(choice.script, choice.args);
    case 'doctor': {
      const { doctor } = await import('./doctor/doctor.ts');
      const rules = readFileSync(`${root}docs/redis-users.acl`, 'utf8');
      return doctor(choice.args, { env, stdout, stderr, rules, now: Date.now, fetch });
    }
    case 'token': {
      const { token } = await import('./token/token.ts');
      return token(choice.args, { env, stdout, stderr, now: Date.now });
    }
    default:
      return assertNever(choice);
  }
}

/** In this process where that does, so that it is the one that signals reach; with flags of V8 in one of its own. */
async function runOne(name: ScriptName, args: readonly string[]): Promise<number> {
  const { flags, file } = scriptOf(manifest, name);
  if (flags.length > 0) {
    const node = [...flags, '--import', import.meta.resolve('tsx'), root + file];
    return runNode([...node, ...args], process, `${root}tsconfig.json`);
  }
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args); // as node would start it
  await import(pathToFileURL(root + file).href);
  return Number(process.exitCode ?? 0);
}

process.exitCode = await main(process.argv.slice(2));
