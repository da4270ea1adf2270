import type { IncomingMessage } from 'node:http';

/** What was read of a request, or why it is of no use. */
export type Body =
  | { readonly state: 'complete'; readonly text: string }
  | { readonly state: 'too_large' | 'not_utf8' }
  /** The client went away, or was too slow and the server has answered it. */
  | { readonly state: 'cut_off' };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The request's body as text; never holds more than `maxBytes` of it. Does not reject. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else resolve({ state: 'too_large' }); // the rest is read and forgotten, so that the answer arrives
    });
    request.on('end', () => resolve(decode(chunks)));
    request.on('error', () => resolve({ state: 'cut_off' }));
    request.on('close', () => resolve({ state: 'cut_off' }));
  });
}

function decode(chunks: readonly Buffer[]): Body {
  try {
    return { state: 'complete', text: utf8.decode(Buffer.concat(chunks)) };
  } catch {
    return { state: 'not_utf8' }; // hostile or mistaken: expected at this edge, the caller answers it
  }
}
