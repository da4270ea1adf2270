/** An exported name that no comment explains. */
export interface UndocumentedExport {
  /** From 1 on. */
  readonly line: number;
  readonly name: string;
}

/**
 * What a file exports by a declaration at its top level that no `/** … *\/` comment is right before. A name that is
 * passed on from another file is explained there; an overload, by the comment of its first signature.
 */
export function undocumentedExports(text: string): readonly UndocumentedExport[] {
  const lines = text.split('\n');
  const explained = new Set<string>();
  return lines.flatMap((code, index) => {
    const name = declaration.exec(code)?.[1];
    if (name === undefined) return [];
    if (explained.has(name) || isDocumented(lines, index)) {
      explained.add(name);
      return [];
    }
    return [{ line: index + 1, name }];
  });
}

const declaration =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let|enum) (\w+)/;

/** The line before `index` ends a comment of the kind that editors show. */
function isDocumented(lines: readonly string[], index: number): boolean {
  if (lines[index - 1]?.endsWith('*/') !== true) return false;
  const start = lines.slice(0, index).findLast((line) => line.startsWith('/*'));
  return start?.startsWith('/**') === true;
}
