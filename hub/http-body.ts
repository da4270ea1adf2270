import type uWS from 'uWebSockets.js';

export type Body =
  | { readonly state: 'complete'; readonly text: string }
  /** `late`: it did not arrive in time, or its client went away. */
  | { readonly state: 'too_large' | 'late' | 'not_utf8' };

export interface BodyLimits {
  readonly bodyBytesMax: number;
  /** For all of it to arrive. */
  readonly bodyTimeoutMs: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body of a request, never more of it than is allowed. To be called before anything is awaited. Never rejects. */
export function readBody(response: uWS.HttpResponse, limits: BodyLimits): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => finish({ state: 'late' }), limits.bodyTimeoutMs);
    const finish = (body: Body): void => {
      clearTimeout(timer);
      resolve(body);
    };
    response.onData((chunk, isLast) => {
      bytes += chunk.byteLength;
      if (bytes > limits.bodyBytesMax) {
        chunks.length = 0;
        finish({ state: 'too_large' });
        return;
      }
      chunks.push(Buffer.from(new Uint8Array(chunk))); // a copy: the chunk is only good during the call
      if (isLast) finish(decode(chunks));
    });
  });
}

function decode(chunks: readonly Buffer[]): Body {
  try {
    return { state: 'complete', text: utf8.decode(Buffer.concat(chunks)) };
  } catch {
    return { state: 'not_utf8' }; // hostile or mistaken: expected at this edge, the caller answers it
  }
}
