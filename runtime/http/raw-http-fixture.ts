import { connect } from 'node:net';
import { closed } from '#runtime/closed-fixture.ts';

/** For tests: what a server on this machine says to raw bytes, until it ends the connection. */
export async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined); // a reset is an end, too
  socket.write(bytes);
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  });
  await closed(socket);
  return heard;
}
