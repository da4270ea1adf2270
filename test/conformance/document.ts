/**
 * The page with each of `results` between its two markers, `<!-- NAME -->` and `<!-- /NAME -->`.
 * @throws Error when a marker is missing
 */
export function withResults(page: string, results: Readonly<Record<string, string>>): string {
  let text = page;
  for (const [name, result] of Object.entries(results)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new Error(`the page needs ${begin} and, after it, ${end}`);
    text = `${text.slice(0, from + begin.length)}\n${result}\n${text.slice(to)}`;
  }
  return text;
}
