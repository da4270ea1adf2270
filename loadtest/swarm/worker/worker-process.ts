import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { WorkerAnswers, WorkerQuestion } from './worker-messages.ts';

/** A worker process, as its parent sees it. */
export interface WorkerProcess {
  readonly pid: number;
  /** Resolves with words when it ends without being asked to. */
  readonly died: Promise<string>;
  /** @throws Error when the worker ends before it answers */
  ask<Question extends WorkerQuestion>(question: Question): Promise<WorkerAnswers[Question['ask']]>;
  stop(): Promise<void>;
}

/** @param execArgv further arguments for node, e.g. `--cpu-prof` */
export function startWorker(name: string, execArgv: readonly string[] = []): WorkerProcess {
  const child = fork(new URL('./worker-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx', ...execArgv],
    serialization: 'advanced', // typed arrays and maps go as they are
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} did not start`);
  const waiting = new Map<number, (answer: unknown) => void>();
  let lastId = 0;
  let stopping = false;
  child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const ended = once(child, 'exit').then(
    ([code, signal]) => `${name} ended with ${signal ?? `code ${code}`}`,
  );
  const died = new Promise<string>((resolve) => {
    void ended.then((words) => !stopping && resolve(words));
  });
  return {
    pid,
    died,
    async ask(question) {
      const id = ++lastId;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      child.send({ id, question });
      const ending = ended.then((words) => Promise.reject(new Error(words)));
      return (await Promise.race([answer, ending])) as WorkerAnswers[(typeof question)['ask']];
    },
    async stop() {
      stopping = true;
      child.disconnect(); // it ends by itself, and a profile of it is written
      await ended;
    },
  };
}
