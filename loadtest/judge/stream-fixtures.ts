import fc from 'fast-check';
import type { PriceUpdate, SubscribedSymbol } from '#protocol/messages.ts';
import { formatPosition } from '#protocol/position.ts';

/** What a subscriber of one symbol is told, or that its connection ended. */
export type Told =
  | { readonly type: 'subscribed'; readonly answer: SubscribedSymbol }
  | { readonly type: 'reset'; readonly position: string | undefined }
  | { readonly type: 'update'; readonly data: PriceUpdate }
  | { readonly type: 'disconnected' };

const steps = [
  'live',
  'conflated',
  'snapshot again',
  'covering snapshot',
  'reset',
  'new epoch',
  'asked again',
  'resume',
  'refused resume',
  'lost answer',
] as const;

/** What a hub that keeps the contract tells; half of the symbols begin without an update. */
export const correctStreams: fc.Arbitrary<readonly Told[]> = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.tuple(fc.constantFrom(...steps), fc.integer({ min: 1, max: 4 })), { maxLength: 12 }),
  )
  .map(([hasUpdates, taken]) => {
    const hub = new CorrectHub(hasUpdates);
    for (const [step, size] of taken) hub.take(step, size);
    return hub.told;
  });

/** Tells one symbol's messages as PROTOCOL.md wants them. */
class CorrectHub {
  readonly told: Told[] = [];
  #epoch = 1000;
  #seq = 10;

  constructor(hasUpdates: boolean) {
    if (hasUpdates) this.#subscribed({});
    else {
      this.told.push({ type: 'subscribed', answer: {} });
      this.#seq = 0;
      this.#subscribed({ begins: true });
    }
    this.#snapshot();
  }

  /** @param size how many numbers it covers or goes forward */
  take(step: (typeof steps)[number], size: number): void {
    switch (step) {
      case 'live':
        for (let count = 0; count < size; count++) this.#forward(1, {});
        break;
      case 'conflated':
        this.#forward(size, { from: this.#seq + 1 });
        break;
      case 'snapshot again':
        this.#snapshot();
        break;
      case 'covering snapshot':
        this.#forward(size, { from: this.#seq - size + 1, snapshot: true });
        break;
      case 'reset':
        this.#seq += size;
        this.#reset();
        break;
      case 'new epoch':
        this.#epoch++;
        this.#seq = size;
        this.#reset();
        break;
      case 'asked again':
        this.#subscribed({});
        this.#snapshot();
        break;
      case 'resume':
        this.told.push({ type: 'disconnected' });
        this.#subscribed({ recovered: true }, this.#seq + size);
        for (let count = 0; count < size; count++) this.#forward(1, {});
        break;
      case 'refused resume':
        this.told.push({ type: 'disconnected' });
        this.#seq += size;
        this.#subscribed({ recovered: false });
        this.#reset();
        break;
      case 'lost answer': // the snapshot never came: the client has to ask without `since`
        this.#subscribed({});
        this.told.push({ type: 'disconnected' });
        this.#subscribed({});
        this.#snapshot();
        break;
    }
  }

  #subscribed(answer: SubscribedSymbol, seq = this.#seq): void {
    const position = formatPosition({ epoch: this.#epoch, seq });
    this.told.push({ type: 'subscribed', answer: { position, ...answer } });
  }

  #reset(): void {
    this.told.push({ type: 'reset', position: formatPosition({ epoch: this.#epoch, seq: this.#seq }) });
    this.#snapshot();
  }

  #snapshot(): void {
    this.#update({ seq: this.#seq, snapshot: true });
  }

  #forward(size: number, fields: Pick<PriceUpdate, 'from' | 'snapshot'>): void {
    this.#seq += size;
    this.#update({ ...fields, seq: this.#seq });
  }

  #update(fields: Pick<PriceUpdate, 'seq' | 'from' | 'snapshot'>): void {
    this.told.push({
      type: 'update',
      data: { price: 1, timestamp: '2024-09-14T12:34:56.789Z', ...fields },
    });
  }
}

const mistakes = [
  'drop',
  'repeat',
  'swap',
  'other number',
  'other start',
  'snapshot mark',
  'other position',
  'wrong epoch',
  'no position',
  'malformed position',
  'recovered',
  'not recovered',
  'begins',
  'reset without cause',
  'disconnected',
] as const;

/** A stream with some mistakes in it; some of them do not break a rule. */
export function mistaken(stream: fc.Arbitrary<readonly Told[]>): fc.Arbitrary<readonly Told[]> {
  const mistake = fc.tuple(fc.constantFrom(...mistakes), fc.nat(), fc.integer({ min: -3, max: 3 }));
  return fc
    .tuple(stream, fc.array(mistake, { minLength: 1, maxLength: 4 }))
    .map(([told, made]) =>
      made.reduce((before, [kind, at, by]) => withMistake(before, kind, at % (before.length || 1), by), told),
    );
}

function withMistake(
  told: readonly Told[],
  kind: (typeof mistakes)[number],
  at: number,
  by: number,
): readonly Told[] {
  const message = told[at];
  if (message === undefined) return told;
  const next = told[at + 1];
  switch (kind) {
    case 'drop':
      return told.toSpliced(at, 1);
    case 'repeat':
      return told.toSpliced(at, 0, message);
    case 'swap':
      return next === undefined ? told : told.toSpliced(at, 2, next, message);
    case 'reset without cause':
      return told.toSpliced(at, 0, { type: 'reset', position: `1000-${10 + by}` });
    case 'disconnected':
      return told.toSpliced(at, 0, { type: 'disconnected' });
    default:
      return told.with(at, altered(message, kind, by));
  }
}

function altered(message: Told, kind: (typeof mistakes)[number], by: number): Told {
  if (message.type === 'update') return { type: 'update', data: alteredUpdate(message.data, kind, by) };
  if (message.type === 'reset') return { ...message, position: alteredPosition(message.position, kind, by) };
  if (message.type === 'disconnected') return message;
  const { position, ...marks } = message.answer;
  const told = alteredPosition(position, kind, by);
  return {
    type: 'subscribed',
    answer: { ...marks, ...markOf(kind), ...(told !== undefined && { position: told }) },
  };
}

function alteredUpdate(data: PriceUpdate, kind: (typeof mistakes)[number], by: number): PriceUpdate {
  const { snapshot, ...unmarked } = data;
  if (kind === 'snapshot mark') return snapshot ? unmarked : { ...data, snapshot: true };
  if (kind === 'other number') return { ...data, seq: Math.max(0, data.seq + by) };
  return kind === 'other start' ? { ...data, from: Math.max(0, (data.from ?? data.seq) + by) } : data;
}

function alteredPosition(
  position: string | undefined,
  kind: (typeof mistakes)[number],
  by: number,
): string | undefined {
  if (kind === 'no position') return undefined;
  if (kind === 'malformed position') return '1000';
  const [epoch = 0, seq = 0] = (position ?? '1000-0').split('-').map(Number);
  if (kind === 'wrong epoch') return `${epoch + by}-${seq}`;
  return kind === 'other position' ? `${epoch}-${Math.max(0, seq + by)}` : position;
}

function markOf(kind: (typeof mistakes)[number]): SubscribedSymbol {
  if (kind === 'recovered') return { recovered: true };
  if (kind === 'not recovered') return { recovered: false };
  return kind === 'begins' ? { begins: true } : {};
}
