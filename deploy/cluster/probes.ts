import { connect } from 'node:net';

const timeoutMs = 1000;

/** Whether a GET of `url` is answered with a status of success. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not yet: whoever asks does so again
  }
}

/** Whether a HAProxy whose statistics are on this port sends sockets to each of these hubs. */
export async function sendsTo(statistics: number, hubs: readonly string[]): Promise<boolean> {
  try {
    const url = `http://127.0.0.1:${statistics}/;csv`;
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const rows = (await response.text()).split('\n').map((row) => row.split(','));
    const statusAt = rows[0]?.indexOf('status') ?? -1;
    return hubs.every((name) =>
      rows.some((row) => row[0] === 'sockets' && row[1] === name && row[statusAt] === 'UP'),
    );
  } catch {
    return false; // as above
  }
}

/** Whether a Redis on this port answers a PING. */
export function answersRedis(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs });
    const finish = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (bytes: Buffer) => finish(bytes.toString().startsWith('+PONG')));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
