import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './harness/source-files.ts';

interface LockedPackage {
  readonly engines?: { readonly node?: string };
  readonly deprecated?: string;
  readonly hasInstallScript?: boolean;
}

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  allowScripts: Record<string, boolean>;
};
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
/** What `npm ci` has to be silent under. */
const nodes = [
  [20, 19],
  [22, 12],
  [24, 0],
  [26, 0],
] as const;

/** Whether a range of package.json's "engines" takes that Node: `>=20`, `^20.19.0 || >=23`, `20.x`, `18 || 20`, `*`. */
function takes(range: string, [major, minor]: readonly [number, number]): boolean {
  return range.split('||').some((part) => {
    const text = part.trim().replaceAll(/([<>=^~])\s+/g, '$1');
    if (text === '' || text === '*') return true;
    return text.split(/\s+(?=[<>=^~\d])/).every((condition) => {
      const [, sign = '', wantedMajor = '', wantedMinor = '0'] =
        /^([<>=^~]*)\s*v?(\d+)(?:\.(\d+))?/.exec(condition) ?? assert.fail(`not understood: ${range}`);
      const distance = 1000 * (major - Number(wantedMajor)) + minor - Number(wantedMinor);
      if (sign.startsWith('<')) return distance < 0;
      return sign.startsWith('>') ? distance >= 0 : major === Number(wantedMajor) && distance >= 0;
    });
  });
}

test('npm ci warns of nothing: each package takes Node 20 to 26, none is deprecated, and scripts are decided on', () => {
  assert.ok(packages.length > 100);
  for (const [path, { engines, deprecated, hasInstallScript }] of packages) {
    assert.equal(deprecated, undefined, path);
    // A package that runs on all of them, as its tests here show, and says otherwise: strike its "engines" (ADR 5).
    for (const node of nodes) assert.ok(takes(engines?.node ?? '*', node), `${path}: ${engines?.node}`);
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (hasInstallScript) assert.equal(own.allowScripts[name], false, `${name} has a script of its own`);
  }
});

test('ranges are understood as npm does', () => {
  for (const [range, expected] of [
    ['>=22', [false, true, true, true]],
    ['^20.19.0 || ^22.12.0 || >=23', [true, true, true, true]],
    ['18 || 20 || >=22', [true, true, true, true]],
    ['>=14 <24', [true, true, false, false]],
    ['20.x', [true, false, false, false]],
  ] as const)
    assert.deepEqual(
      nodes.map((node) => takes(range, node)),
      expected,
      range,
    );
});
