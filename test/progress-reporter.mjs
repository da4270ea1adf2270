/** Not more often than this, so that the log of a run stays readable. */
const everyMs = 15_000;

/**
 * A reporter for `node --test`, beside another one: now and then a line says how far the run is, and each test that fails is named
 * at once. RUN_FILES in the environment: how many files there are. In JavaScript, as the runner loads it before tsx.
 * @param {AsyncIterable<{ type: string, data: { file?: string, name?: string } }>} source the runner's events
 */
export default async function* progress(source) {
  const startedAt = performance.now();
  let toldAt = startedAt;
  const files = new Set();
  const counts = { passed: 0, failed: 0 };
  const line = () => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const { passed, failed } = counts;
    return `progress: ${files.size} of ${process.env.RUN_FILES} files begun, ${passed} passed, ${failed} failed, ${seconds} s\n`;
  };
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.file !== undefined) files.add(data.file);
    counts[type === 'test:pass' ? 'passed' : 'failed']++;
    if (type === 'test:fail') yield `progress: failed: ${data.name} (${data.file})\n`;
    if (performance.now() - toldAt < everyMs) continue;
    toldAt = performance.now();
    yield line();
  }
}
