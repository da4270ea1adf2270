/**
 * What a child process of a sitting is asked, one message at a time; it answers each with one of its own. An
 * error ends the process with its words on standard error.
 */
export function answerParent<Order>(answer: (order: Order) => Promise<unknown>): void {
  process.on('message', async (order: Order) => {
    const value = await answer(order);
    process.send?.(value ?? null);
  });
  process.on('disconnect', () => process.exit(0));
}
