import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { doctorCommand } from './doctor/command.ts';
import { processCommands } from './process-commands.ts';
import { runProgram } from './program.ts';
import { type Manifest, runNode, type ScriptName, scriptOf } from './script-process.ts';
import { tailCommand } from './tail/command.ts';
import { tokenCommand } from './token/command.ts';

const { stdout, stderr, env } = process;
const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as Manifest;

/** What a subcommand needs is loaded when it is the one that was typed. */
const subcommands = [
  processCommands(runProcess),
  tailCommand(env, async (request) => {
    const { tail } = await import('./tail/tail.ts');
    return tail(request, process);
  }),
  doctorCommand(async (request) => {
    const { doctor } = await import('./doctor/doctor.ts');
    const rules = readFileSync(`${root}docs/redis-users.acl`, 'utf8');
    return doctor(request, { env, stdout, rules, now: Date.now, fetch });
  }),
  tokenCommand(async (request) => {
    const { token } = await import('./token/token.ts');
    return token(request, { env, stdout, stderr, now: Date.now });
  }),
];

/** In this process where that does, so that it is the one that signals reach; with flags of V8 in one of its own. */
async function runProcess(name: ScriptName): Promise<number> {
  const { flags, file } = scriptOf(manifest, name);
  if (flags.length > 0) {
    const node = [...flags, '--import', import.meta.resolve('tsx'), root + file];
    return runNode(node, process, `${root}tsconfig.json`);
  }
  process.argv.splice(2); // as node would start it
  await import(pathToFileURL(root + file).href);
  return Number(process.exitCode ?? 0);
}

const { version } = manifest;
process.exitCode = await runProgram(process.argv.slice(2), { version, stdout, stderr }, subcommands);
