import { Crew } from './crew.ts';
import type { DialectModule } from './dialect.ts';
import type { WorkerAnswers, WorkerOrder, WorkerQuestion } from './worker-messages.ts';

/** Run as a child process: holds a part of the swarm's sockets and answers its parent's questions in order. */
let crew: Crew | undefined;

async function open(order: WorkerOrder): Promise<true> {
  const { createDialect } = (await import(order.dialect.module)) as DialectModule;
  crew = new Crew(order, createDialect(order.dialect.options));
  return true;
}

function answer(question: WorkerQuestion): Promise<true> | WorkerAnswers[keyof WorkerAnswers] {
  if (question.ask === 'open') return open(question);
  if (crew === undefined) throw new Error('the first question must be `open`');
  switch (question.ask) {
    case 'sample':
      return crew.sample();
    case 'churn':
      crew.churn(question.on);
      return true;
    case 'slow':
      crew.slow(question.on);
      return true;
    case 'furthest':
      return crew.furthest();
    case 'behind':
      return crew.behind(question.standings, question.tell);
  }
}

process.on('message', async ({ id, question }: { id: number; question: WorkerQuestion }) => {
  process.send?.({ id, answer: await answer(question) });
});
process.once('disconnect', () => process.exit(0)); // never outlives its parent
