/** What a person sees while members start and stop. */
export interface Progress {
  /** These are waited for now. */
  begin(names: readonly string[]): void;
  /** One of them is done. */
  done(name: string, text: string): void;
  /** Something went wrong with one of them. */
  failed(text: string): void;
}

export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Column that what is said of a member begins in. */
const nameWidth = 12;

/** A line for each that is done with how long it took and, on a terminal, one line that says who is waited for. */
export function createProgress(terminal: Terminal, now: () => number): Progress {
  const pending = new Map<string, number>();
  const wipe = (): void => {
    if (terminal.isTTY === true) terminal.write('\r\x1b[K');
  };
  const showPending = (): void => {
    if (terminal.isTTY === true && pending.size > 0)
      terminal.write(`  … ${[...pending.keys()].join(', ')}`.slice(0, 78));
  };
  const line = (text: string): void => {
    wipe();
    terminal.write(`${text}\n`);
    showPending();
  };
  return {
    begin(names) {
      for (const name of names) pending.set(name, now());
      wipe();
      showPending();
    },
    done(name, text) {
      const tookMs = now() - (pending.get(name) ?? now());
      pending.delete(name);
      line(`  ✓ ${name.padEnd(nameWidth)}${text.padEnd(20)}${duration(tookMs).padStart(8)}`.trimEnd());
    },
    failed(text) {
      pending.clear();
      line(`  ✗ ${text}`);
    },
  };
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
