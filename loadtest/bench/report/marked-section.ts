import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Replaces what a page has between `<!-- NAME:begin … -->` and `<!-- NAME:end -->`, so that figures are written by a
 * command and the words around them by people.
 * @throws Error when the page has no such place
 */
export function writeMarkedSection(path: string, name: string, content: string): void {
  writeFileSync(path, replaceMarked(readFileSync(path, 'utf8'), name, content, path));
}

/** @param path of the page, for the error */
export function replaceMarked(page: string, name: string, content: string, path: string): string {
  const begin = new RegExp(`^<!-- ${name}:begin\\b.*-->$`, 'm').exec(page);
  const end = page.indexOf(`<!-- ${name}:end -->`);
  if (begin === null || end < begin.index)
    throw new Error(
      `${path} has no place for figures: put back the lines <!-- ${name}:begin --> and <!-- ${name}:end -->`,
    );
  return `${page.slice(0, begin.index + begin[0].length)}\n\n${content.trim()}\n\n${page.slice(end)}`;
}
