import { type Fanout, FanoutError } from '#fanout/ports.ts';

/** How Redis looks from one process: `lost` does what it is asked, but no answer comes back. */
export type Reach = 'works' | 'away' | 'frozen' | 'lost';

type Reached = Pick<Fanout, 'publisher' | 'history' | 'directory' | 'leases'>;

/** One process's view of a shared fanout, for tests: it can be cut off while others go on. */
export class FakeOutage implements Reached {
  reach: Reach = 'works';
  readonly publisher: Fanout['publisher'];
  readonly history: Fanout['history'];
  readonly directory: Fanout['directory'];
  readonly leases: Fanout['leases'];
  /** What waits for a frozen process to wake up. */
  #frozen: (() => void)[] = [];

  constructor(inner: Reached) {
    const { publisher, history, directory, leases } = inner;
    this.publisher = {
      groupOf: (symbol) => publisher.groupOf(symbol),
      publish: (batch) => this.#call(() => publisher.publish(batch)),
      lastPublished: (source, symbols) => this.#call(() => publisher.lastPublished(source, symbols)),
    };
    this.history = {
      after: (...request) => this.#call(() => history.after(...request)),
      before: (...request) => this.#call(() => history.before(...request)),
      newest: (requests) => this.#call(() => history.newest(requests)),
    };
    this.directory = {
      announce: (entries) => this.#call(() => directory.announce(entries)),
      retire: (...kept) => this.#call(() => directory.retire(...kept)),
      catalogueVersion: () => this.#call(() => directory.catalogueVersion()),
      catalogue: () => this.#call(() => directory.catalogue()),
      report: (status, ttlMs) => this.#call(() => directory.report(status, ttlMs)),
      sources: () => this.#call(() => directory.sources()),
    };
    this.leases = {
      acquire: (source, holder, ttlMs) => this.#call(() => leases.acquire(source, holder, ttlMs)),
      release: (source, holder) => this.#call(() => leases.release(source, holder)),
    };
  }

  /** Ends a freeze: what was asked meanwhile reaches Redis now. */
  thaw(): void {
    this.reach = 'works';
    for (const go of this.#frozen.splice(0)) go();
  }

  async #call<T>(command: () => Promise<T>): Promise<T> {
    if (this.reach === 'frozen') await new Promise<void>((resolve) => this.#frozen.push(resolve));
    if (this.reach === 'away') throw new FanoutError('unavailable', 'no connection');
    const answer = await command();
    if (this.reach === 'lost') throw new FanoutError('timeout', 'no answer');
    return answer;
  }
}
