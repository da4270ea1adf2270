import { parseDoctorArguments } from './arguments.ts';
import { type ExamineDeps, examine } from './examine.ts';
import { asJson, asText, type Look } from './report.ts';

export interface DoctorDeps extends ExamineDeps {
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** `tickwire doctor`. Returns the exit code: 1 when something fails, 2 when the command line is wrong. */
export async function doctor(args: readonly string[], deps: DoctorDeps): Promise<number> {
  const { stdout, stderr, env } = deps;
  const parsed = parseDoctorArguments(args);
  if (!parsed.ok) {
    stderr.write(`${parsed.problem}\ntickwire doctor --help shows how it is used.\n`);
    return 2;
  }
  const { targets, json } = parsed.request;
  const findings = await examine(targets, deps);
  const look: Look = stdout.isTTY === true && !env.NO_COLOR ? 'coloured' : 'plain';
  stdout.write(json ? asJson(findings) : asText(findings, look));
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}
