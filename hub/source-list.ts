import { type Directory, FanoutError } from '#fanout/ports.ts';

/** What `GET /sources` answers. */
export interface SourceList {
  read(): Promise<{ readonly status: number; readonly body: Buffer }>;
}

/** How long what was read is good for: who asks 500 times a second causes two reads of Redis. */
const keepMs = 500;

/** @param elapsedMs ms of a clock that never goes back */
export function createSourceList(directory: Pick<Directory, 'sources'>, elapsedMs: () => number): SourceList {
  let readAt = Number.NEGATIVE_INFINITY;
  let latest: ReturnType<SourceList['read']> | undefined;
  return {
    read() {
      if (latest !== undefined && elapsedMs() - readAt < keepMs) return latest;
      readAt = elapsedMs();
      latest = readSources(directory);
      return latest;
    },
  };
}

async function readSources(directory: Pick<Directory, 'sources'>): ReturnType<SourceList['read']> {
  try {
    return { status: 200, body: json({ sources: await directory.sources() }) };
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    const problem = 'The sources can not be read just now; try again in a few seconds';
    return { status: 503, body: json({ error: problem }) };
  }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
