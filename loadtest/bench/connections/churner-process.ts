import { Churner, type ChurnerOptions } from '#test/harness/churner.ts';

/** A churner in a process of its own, so that it costs the feed no time. Run as a child process. */
export type ChurnerOrder =
  | { readonly url: string; readonly options: Omit<ChurnerOptions, 'onMessage'> }
  | { readonly messages: number };

/** What the churning connection took, and was refused. */
export interface Churned {
  /** From the first message to the last answer. */
  readonly seconds: number;
  /** Errors that came, on this connection. */
  readonly refused: number;
}

const timeoutMs = 60_000;
let churner: Churner | undefined;

async function answer(order: ChurnerOrder): Promise<Churned> {
  if ('url' in order) churner = await Churner.connect(order.url, order.options);
  const seconds = 'messages' in order ? ((await churner?.churn(order.messages, timeoutMs)) ?? 0) : 0;
  return { seconds, refused: churner?.refused ?? 0 };
}

process.on('message', async (order: ChurnerOrder) => process.send?.(await answer(order)));
process.once('disconnect', () => process.exit(0)); // who holds the bench is gone
