#!/usr/bin/env node
// The only file that is JavaScript: it tells who comes with too old a Node, and lets Node read TypeScript.
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `tickwire needs Node 20.19 or later, this is ${process.version}: https://nodejs.org\n`,
  );
  process.exit(1);
}
const { register } = await import('tsx/esm/api');
register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) });
await import('../command/main.ts');
