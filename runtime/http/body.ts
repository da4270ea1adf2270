/** A request's body as text, or why it is of no use. */
export type HttpBody =
  | { readonly state: 'complete'; readonly text: string }
  | { readonly state: 'too_large'; readonly bytesMax: number }
  /** `late`: it did not arrive in time, or its client went away. */
  | { readonly state: 'late' | 'not_utf8' };

/** How long a body may be, in bytes, and how long it may take, in ms. */
export interface BodyLimits {
  readonly bodyBytesMax: number;
  /** For all of it to arrive. */
  readonly bodyTimeoutMs: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Gathers the body of one request, never more of it than is allowed. */
export class BodyReader {
  /** Never rejects. */
  readonly body: Promise<HttpBody>;
  /** All of it has come, whatever was made of it. */
  whole = false;
  readonly #limits: BodyLimits;
  readonly #timer: NodeJS.Timeout;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #resolve: (body: HttpBody) => void = () => undefined;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.body = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.#finish({ state: 'late' }), limits.bodyTimeoutMs);
  }

  /** @param chunk is kept: the caller must not change it */
  add(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const { bodyBytesMax: bytesMax } = this.#limits;
    if (this.#bytes > bytesMax) this.#finish({ state: 'too_large', bytesMax });
    else this.#chunks.push(chunk);
  }

  /** Nothing more comes. */
  end(): void {
    this.whole = true;
    this.#finish(decode(this.#chunks));
  }

  /** Its client is gone, or its answer is sent without it. */
  abandon(): void {
    this.#finish({ state: 'late' });
  }

  /** The first call counts. */
  #finish(body: HttpBody): void {
    clearTimeout(this.#timer);
    this.#chunks = [];
    this.#resolve(body);
  }
}

/** The body of a request that announces none. */
export const noBody: Promise<HttpBody> = Promise.resolve({ state: 'complete', text: '' });

function decode(chunks: readonly Uint8Array[]): HttpBody {
  try {
    return { state: 'complete', text: utf8.decode(Buffer.concat(chunks)) };
  } catch {
    return { state: 'not_utf8' }; // hostile or mistaken: expected at this edge, the caller answers it
  }
}
