import { type Attack, createAttack } from './attacks.ts';
import { carryOut } from './carry-out.ts';
import type { FuzzTarget } from './target.ts';

export interface CampaignLimits {
  readonly seed: number;
  /** Number of the first attack. */
  readonly first: number;
  /** Messages, frames and requests to send over open connections, restless clients' included. */
  readonly messages: number;
  readonly seconds: number;
  /** Attacks between two checks. */
  readonly burstAttacks: number;
}

export interface CampaignResult {
  /** What was sent over connections that were open still, by kind. */
  readonly sent: Readonly<Record<Attack['kind'] | 'requests', number>>;
  readonly attacks: number;
  /** The hub's first mistake, and the attacks among which its cause is. */
  readonly finding: { readonly problem: string; readonly attacks: readonly Attack[] } | undefined;
}

/** Connections that attack at the same time. */
const concurrency = 24;

/** Attacks in bursts until enough was sent, the time is over, or the hub made a mistake. */
export async function campaign(
  target: FuzzTarget,
  limits: CampaignLimits,
  progress: (sent: number) => void,
): Promise<CampaignResult> {
  const sent = { messages: 0, frames: 0, http: 0, requests: 0 };
  const deadline = performance.now() + 1000 * limits.seconds;
  let number = limits.first;
  let finding: CampaignResult['finding'];
  const total = (): number => Object.values(sent).reduce((sum, count) => sum + count, 0);
  while (finding === undefined && total() < limits.messages && performance.now() < deadline) {
    const attacks = Array.from({ length: limits.burstAttacks }, () =>
      createAttack(limits.seed, number++, target.symbols, target.tokens),
    );
    const result = await burst(target, attacks);
    finding = result.finding;
    for (const kind of ['messages', 'frames', 'http'] as const) sent[kind] += result.sent[kind];
    sent.requests = target.requests;
    progress(total());
  }
  return { sent, attacks: number - limits.first, finding };
}

export interface BurstResult {
  readonly sent: Readonly<Record<Attack['kind'], number>>;
  readonly finding: CampaignResult['finding'];
}

/** Carries the attacks out while prices flow and restless clients act; then everybody must be well. */
export async function burst(target: FuzzTarget, attacks: readonly Attack[]): Promise<BurstResult> {
  const waiting = [...attacks];
  const sent = { messages: 0, frames: 0, http: 0 };
  const findings: { readonly problem: string; readonly attacks: readonly Attack[] }[] = [];
  const attacker = async (): Promise<void> => {
    for (let attack = waiting.shift(); attack !== undefined; attack = waiting.shift()) {
      const { finding: problem, sent: parts } = await carryOut(attack, target.hub);
      sent[attack.kind] += parts;
      if (problem !== undefined) findings.push({ problem, attacks: [attack] });
    }
  };
  const act = async (): Promise<void> => {
    do await target.act();
    while (waiting.length > 0);
  };
  const acting = act().catch((error: Error) => {
    findings.push({ problem: `a client that keeps to the contract: ${error.message}`, attacks });
  });
  await Promise.all([acting, ...Array.from({ length: concurrency }, attacker)]);
  const problem = await target.check();
  if (problem !== undefined && findings.length === 0) findings.push({ problem, attacks });
  const [first] = findings;
  return { sent, finding: first && { ...first, problem: problem ?? first.problem } };
}
