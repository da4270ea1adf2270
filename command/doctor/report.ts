import { styleText } from 'node:util';
import type { Finding, Verdict } from '#runtime/finding.ts';

/** With colours for a terminal, or without. */
export type Look = 'plain' | 'coloured';

/** One finding per line, columns aligned, the fix below it; at the end how many there are of each verdict. */
export function asText(findings: readonly Finding[], look: Look): string {
  const width = Math.max(...findings.map(({ topic }) => topic.length), 0);
  const lines = findings.flatMap(({ topic, verdict, says, fix }) => {
    const line = `  ${marked(verdict, look)}  ${topic.padEnd(width)}  ${says}`;
    const indent = ' '.repeat(verdictWidth + width + 6);
    return fix === undefined ? [line] : [line, `${indent}fix: ${fix}`];
  });
  return `${lines.join('\n')}\n\n${summary(findings)}\n`;
}

/** One object on one line. */
export function asJson(findings: readonly Finding[]): string {
  const ok = findings.every(({ verdict }) => verdict !== 'fail');
  return `${JSON.stringify({ ok, findings })}\n`;
}

const colours = { ok: 'green', unseen: 'gray', warn: 'yellow', fail: 'red' } as const;
const verdictWidth = 'unseen'.length;

function marked(verdict: Verdict, look: Look): string {
  const text = verdict.padEnd(verdictWidth);
  return look === 'plain' ? text : styleText(colours[verdict], text, { validateStream: false });
}

function summary(findings: readonly Finding[]): string {
  const count = (wanted: Verdict): number => findings.filter(({ verdict }) => verdict === wanted).length;
  const counts = (['ok', 'unseen', 'warn', 'fail'] as const).map((verdict) => `${count(verdict)} ${verdict}`);
  const end =
    count('fail') > 0 ? 'Tickwire will not work as it should until what fails is mended.' : 'Nothing fails.';
  return `${counts.join(', ')}. ${end}`;
}
