import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assertNever } from '#runtime/assert-never.ts';
import { chooseCommand } from './commands.ts';
import { doctor } from './doctor/doctor.ts';
import { type Manifest, runNode, scriptArguments } from './script-process.ts';
import { token } from './token/token.ts';

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
    case 'script': {
      const node = scriptArguments(manifest, choice.script, root, import.meta.resolve('tsx'));
      return runNode([...node, ...choice.args], process, `${root}tsconfig.json`);
    }
    case 'doctor': {
      const rules = readFileSync(`${root}docs/redis-users.acl`, 'utf8');
      return doctor(choice.args, { env, stdout, stderr, rules, now: Date.now, fetch });
    }
    case 'token':
      return token(choice.args, { env, stdout, stderr, now: Date.now });
    default:
      return assertNever(choice);
  }
}

process.exitCode = await main(process.argv.slice(2));
