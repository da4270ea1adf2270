/**
 * Where a symbol's history stands: `epoch-seq`, which is also the id of the update's entry in the
 * Redis stream. Within an epoch `seq` starts at 0 and grows by exactly 1; another epoch means that
 * history may have been lost. Epochs are compared for equality only, never for order.
 */
export interface Position {
  /** Names one unbroken history; Unix ms of the moment it began. */
  readonly epoch: number;
  /** Number of the update within its epoch, 0 for the first. */
  readonly seq: number;
}

const pattern = /^(\d{1,16})-(\d{1,16})$/;

/** `{epoch: 1731000000000, seq: 45}` → `1731000000000-45` */
export function formatPosition(position: Position): string {
  return `${position.epoch}-${position.seq}`;
}

/** The position, or undefined when `value` is not one. */
export function parsePosition(value: unknown): Position | undefined {
  if (typeof value !== 'string') return undefined;
  const match = pattern.exec(value);
  if (match === null) return undefined;
  const epoch = Number(match[1]);
  const seq = Number(match[2]);
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}
