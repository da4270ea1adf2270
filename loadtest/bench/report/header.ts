/**
 * What a bench's opening comment asks, as Markdown: its first paragraph, and as code the drawing below it. How it is timed
 * and when it fails is read in the source. Empty when the source has no block comment.
 */
export function headerMarkdown(source: string): string {
  const comment = /^\/\*\*?\n([\s\S]*?)^ \*\/$/m.exec(source)?.[1] ?? '';
  const lines = comment.split('\n').map((line) => line.replace(/^ \* ?/, '').trimEnd());
  return blocksOf(lines)
    .slice(0, 2)
    .map((block) => (isDrawing(block) ? ['```text', ...withoutIndent(block), '```'] : block).join('\n'))
    .join('\n\n');
}

/** Runs of lines between empty ones; an empty line within a drawing belongs to it. */
function blocksOf(lines: readonly string[]): string[][] {
  const blocks: string[][] = [];
  let open: string[] = [];
  for (const line of [...lines, '']) {
    if (line !== '') open.push(line);
    else if (open.length > 0) {
      const last = blocks.at(-1);
      if (last !== undefined && isDrawing(last) && isDrawing(open)) last.push('', ...open);
      else blocks.push(open);
      open = [];
    }
  }
  return blocks;
}

function isDrawing(block: readonly string[]): boolean {
  return block.every((line) => line === '' || line.startsWith('  '));
}

function withoutIndent(block: readonly string[]): string[] {
  const indents = block.filter((line) => line !== '').map((line) => line.search(/\S/));
  return block.map((line) => line.slice(Math.min(...indents)));
}
