import type { DialectModule } from '#loadtest/swarm/dialect/dialect.ts';
import { SocketPool } from './socket-pool.ts';
import type { WorkerAnswers, WorkerOrder, WorkerQuestion } from './worker-messages.ts';

/** Run as a child process: holds a part of the swarm's sockets and answers its parent's questions in order. */
let socketPool: SocketPool | undefined;

async function open(order: WorkerOrder): Promise<true> {
  const { createDialect } = (await import(order.dialect.module)) as DialectModule;
  socketPool = new SocketPool(order, createDialect(order.dialect.options));
  return true;
}

function answer(question: WorkerQuestion): Promise<true> | WorkerAnswers[keyof WorkerAnswers] {
  if (question.ask === 'open') return open(question);
  if (socketPool === undefined) throw new Error('the first question must be `open`');
  switch (question.ask) {
    case 'sample':
      return socketPool.sample();
    case 'churn':
      socketPool.churn(question.on);
      return true;
    case 'slow':
      socketPool.slow(question.on);
      return true;
    case 'furthest':
      return socketPool.furthest();
    case 'behind':
      return socketPool.behind(question.standings, question.tell);
  }
}

process.on('message', async ({ id, question }: { id: number; question: WorkerQuestion }) => {
  process.send?.({ id, answer: await answer(question) });
});
process.once('disconnect', () => process.exit(0)); // never outlives its parent
