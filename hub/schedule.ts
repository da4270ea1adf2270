/** Something that is done again and again. */
export interface Job {
  /** Says what it is where a job is logged or profiled. */
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => void;
}

/** Does each job every `everyMs`, first after `everyMs`. Returns a function that ends all of them. */
export function startSchedule(jobs: readonly Job[]): () => void {
  const timers = jobs.map(({ name, everyMs, run }) => {
    const named = { [name]: () => run() }[name] ?? run; // its name stands in profiles and stacks
    return setInterval(named, everyMs);
  });
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
