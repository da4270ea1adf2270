import type { Attack } from './attacks.ts';
import type { CampaignResult } from './campaign.ts';

/** What a run did, in a line for people. */
export function summaryOf({ sent, attacks }: CampaignResult, seed: number, rssBytes: number): string {
  const total = Object.values(sent).reduce((sum, count) => sum + count, 0);
  const parts = `${sent.messages} messages, ${sent.frames} frames, ${sent.http} HTTP requests, ${sent.requests} requests`;
  return `seed ${seed}: ${total} sent over open connections (${parts} of restless clients) by ${attacks} attacks; the hub had at most ${Math.round(rssBytes / 1e6)} MB`;
}

/** What is left of a finding, so that it can be repeated: every part as text and as hexadecimal. */
export function findingText(problem: string, attacks: readonly Attack[], seed: number): string {
  const lines = attacks.flatMap((attack) => [
    `${attack.kind}${attack.kind === 'messages' ? ` in ${attack.format}` : ''}:`,
    ...attack.parts.flatMap(({ bytes, binary }) => [
      `  ${binary ? 'binary' : 'text'} ${JSON.stringify(Buffer.from(bytes).toString('latin1').slice(0, 500))}`,
      `  hex ${Buffer.from(bytes).toString('hex').slice(0, 2000)}`,
    ]),
  ]);
  return [`FOUND with seed ${seed}: ${problem}`, 'What is enough to repeat it:', ...lines].join('\n');
}
