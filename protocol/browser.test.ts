import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));

test('the whole contract is bundled for a browser, without anything of Node', async () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  assert.ok(sources.includes('codec.ts'));
  const bundle = await build({
    stdin: { contents: sources.map((name) => `export * from './${name}';`).join('\n'), resolveDir: folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser', // a Node built-in can not be resolved on this platform: the build fails
    metafile: true,
    logLevel: 'silent',
  });
  const inputs = Object.keys(bundle.metafile.inputs);
  assert.ok(inputs.some((input) => input.endsWith('codec.ts')));
  const foreign = inputs.filter((input) => input.includes('node_modules') && !/\/msgpackr\//.test(input));
  assert.deepEqual(foreign, [], 'msgpackr is all that the contract depends on');
  const text = bundle.outputFiles[0]?.text ?? '';
  assert.doesNotMatch(text, /from ["']node:|require\(["']/);
});
