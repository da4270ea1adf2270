import { type Finding, ok, warn } from '#runtime/finding.ts';
import { loadNative } from './uws-types.ts';

/** What a runtime says of itself; `process` and its report fit. */
export interface Runtime {
  /** e.g. `v20.20.2` */
  readonly version: string;
  readonly platform: string;
  readonly arch: string;
  /** Undefined where the C library is another one (Alpine's musl, macOS). */
  readonly glibc: string | undefined;
}

/** The platform of this process, as far as a native binary depends on it. */
export function runtimeHere(): Runtime {
  const { version, platform, arch } = process;
  const report: unknown = process.report?.getReport();
  const { header } = (report ?? {}) as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return { version, platform, arch, glibc: header?.glibcVersionRuntime };
}

/** Whether uWebSockets.js loads; a hub works without it, slower. Loading it is the truth: which binaries there are, and which C library each needs, is the package's affair. */
export async function nativeBinaryFinding(
  runtime: Runtime,
  load: () => Promise<unknown> = loadNative,
): Promise<Finding> {
  const topic = 'uWebSockets.js';
  const { version, platform, arch, glibc } = runtime;
  const where = `${platform} ${arch}, Node ${version}, ${glibc === undefined ? 'no glibc' : `glibc ${glibc}`}`;
  try {
    await load();
    return ok(topic, `its binary works on ${where}`);
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const says = `its binary can not be loaded on ${where}: ${problem}`;
    return warn(topic, says, `for full speed ${adviceFor(platform, glibc)}`);
  }
}

/** docs/adr/0003: the binary for Node 20 needs glibc 2.27, the newer ones 2.38. */
function adviceFor(platform: string, glibc: string | undefined): string {
  const nodes = 'use Node 20, 22, 24 or 25';
  if (platform === 'linux' && glibc === undefined)
    return `${nodes} on a system with glibc: Alpine does not work, node:24-trixie-slim does`;
  return `${nodes}; those after 20 need glibc 2.38 or later (Debian 13, Ubuntu 24.04)`;
}
