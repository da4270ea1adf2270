import { posix } from 'node:path';
import { importsOf } from './structure.ts';

/**
 * Circles of imports among the project's own files, and among its rooms: each as the names that are in it. A room is a
 * folder; where a folder has folders within it, each of its own files is a room by itself (`hub/counts.ts`), since what
 * lies at a part's root either serves all of its folders or is built of them.
 * @param sources text of each source file by its path from the root, without comments
 */
export function importCircles(sources: ReadonlyMap<string, string>): readonly string[] {
  const files = importsByFile(sources);
  const folders = new Set([...sources.keys()].map((path) => posix.dirname(path)));
  const hasFolders = (folder: string): boolean =>
    [...folders].some((other) => other.startsWith(`${folder}/`));
  const roomOf = (path: string): string => (hasFolders(posix.dirname(path)) ? path : posix.dirname(path));
  const rooms = new Map<string, Set<string>>();
  for (const [path, targets] of files) {
    const room = rooms.get(roomOf(path)) ?? new Set();
    rooms.set(roomOf(path), room);
    for (const target of targets) if (roomOf(target) !== roomOf(path)) room.add(roomOf(target));
  }
  return [...circlesIn(files), ...circlesIn(rooms)].map(asText);
}

/** Those of files alone: what tests share lies among the rooms that it serves, so only its files can be held to this. */
export function fileCircles(sources: ReadonlyMap<string, string>): readonly string[] {
  return circlesIn(importsByFile(sources)).map(asText);
}

function asText(circle: readonly string[]): string {
  return circle.toSorted().join(' ↔ ');
}

function importsByFile(sources: ReadonlyMap<string, string>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...sources].map(([path, code]) => [path, ownImports(path, code, sources)]));
}

/** The files of the project that `path` imports, types included. */
function ownImports(path: string, code: string, sources: ReadonlyMap<string, string>): Set<string> {
  const targets = importsOf(code).flatMap((name) => {
    if (name.startsWith('#')) return name.slice(1);
    return name.startsWith('.') ? posix.join(posix.dirname(path), name) : [];
  });
  return new Set(targets.filter((target) => sources.has(target)));
}

/** Tarjan's strongly connected components of more than one node. */
function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const number = order.size;
    order.set(node, number);
    lowest.set(node, number);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = order.has(next)
        ? stack.includes(next)
          ? (order.get(next) ?? 0)
          : number
        : visit(next);
      lowest.set(node, Math.min(lowest.get(node) ?? number, reached));
    }
    if (lowest.get(node) === number) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) circles.push(circle);
    }
    return lowest.get(node) ?? number;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}
