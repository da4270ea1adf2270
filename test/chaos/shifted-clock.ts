/**
 * Loaded into a process before its own code (`--import`): each SIGUSR2 takes its wall clock to the next of these
 * offsets, as a machine's whose clock is set. Timers and `performance.now()` go on, as they do there.
 */
const offsetsMs = [0, 3_600_000, -3_600_000];

let step = 0;
process.on('SIGUSR2', () => step++);

const RealDate = Date;
const now = (): number => RealDate.now() + (offsetsMs[step % offsetsMs.length] ?? 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
