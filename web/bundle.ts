import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A file of the page, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** With its quotes, as in the header. */
  readonly etag: string;
}

/**
 * The first page by its paths: `/`, `/page.js`, `/style.css` and `/icon.svg`; bundled in memory, in some 150 ms.
 * @throws Error (of esbuild) when the sources can not be bundled
 */
export async function bundlePage(): Promise<ReadonlyMap<string, PageFile>> {
  const [page, script, style, icon] = await Promise.all([
    readFile(pathOf('index.html')),
    bundleScript(),
    readFile(pathOf('style.css')),
    readFile(pathOf('icon.svg')),
  ]);
  return new Map([
    ['/', pageFile('text/html; charset=utf-8', page)],
    ['/page.js', pageFile('text/javascript; charset=utf-8', script)],
    ['/style.css', pageFile('text/css; charset=utf-8', style)],
    ['/icon.svg', pageFile('image/svg+xml', icon)],
  ]);
}

async function bundleScript(): Promise<Buffer> {
  const { outputFiles } = await build({
    entryPoints: [pathOf('page.ts')],
    // An alias is looked for here: from where the process was started it may not be found.
    absWorkingDir: pathOf('.'),
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    // msgpackr's other builds try `new Function` as they load, which the page's Content-Security-Policy reports as an attack
    alias: { msgpackr: 'msgpackr/index-no-eval' },
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error('esbuild made nothing of page.ts');
  return Buffer.from(script.contents);
}

function pageFile(contentType: string, body: Buffer): PageFile {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { contentType, body, etag };
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
