import type { DoctorRequest } from './command.ts';
import { type ExamineDeps, examine } from './examine.ts';
import { asJson, asText, type Look } from './report.ts';

/** What is examined, and where the report goes. */
export interface DoctorDeps extends ExamineDeps {
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
}

/** `tickwire doctor`. Returns the exit code: 1 when something fails. */
export async function doctor({ targets, json }: DoctorRequest, deps: DoctorDeps): Promise<number> {
  const { stdout, env } = deps;
  const findings = await examine(targets, deps);
  const look: Look = stdout.isTTY === true && !env.NO_COLOR ? 'coloured' : 'plain';
  stdout.write(json ? asJson(findings) : asText(findings, look));
  return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}
