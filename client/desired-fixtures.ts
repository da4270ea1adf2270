import fc from 'fast-check';

/** For tests: the symbols that hubs know. */
export const known = ['A', 'B', 'C', 'D', 'E'];

/** One thing that happens, or that somebody does. */
export type Step =
  | {
      readonly does: 'subscribe';
      readonly symbols: string[];
      readonly frequency: number;
      readonly loops: boolean;
    }
  | { readonly does: 'replace'; readonly which: number; readonly frequency: number }
  | { readonly does: 'wait'; readonly ms: number }
  | { readonly does: 'turn' | 'flush' }
  | { readonly does: OfOne; readonly which: number }
  | { readonly does: OfSymbol; readonly symbol: string };
/** Of one of the subscriptions or hubs that there are. */
export type OfOne = 'close' | 'hub works' | 'message arrives' | HubFault;
type HubFault = 'refuse requests' | 'limit rate' | 'goodbye' | 'lose connection';
/** For tests: what the hub does with one symbol. */
export type OfSymbol = 'trade' | 'skip' | 'lose history' | 'unavailable' | 'delay' | 'take away' | 'retire';

const symbol = fc.constantFrom(...known);
const symbols = fc.uniqueArray(fc.constantFrom(...known, 'UNKNOWN'), { minLength: 1, maxLength: 4 });
const frequency = fc.constantFrom(0, 0, 1000, 5000);
const which = fc.nat({ max: 9 });
const ofOne = (...names: readonly OfOne[]) => fc.record({ does: fc.constantFrom(...names), which });
const ofSymbol = (...names: readonly OfSymbol[]) => fc.record({ does: fc.constantFrom(...names), symbol });

/** What may happen. Only `turn` and `wait` end the turn of the event loop: what stands between them happens at once. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('subscribe' as const),
      symbols,
      frequency,
      loops: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: ofOne('close') },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('replace' as const), which, frequency }) },
  { weight: 6, arbitrary: fc.constant({ does: 'turn' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.constantFrom(1, 100, 1000, 3000) }),
  },
  { weight: 12, arbitrary: ofOne('hub works', 'message arrives', 'message arrives') },
  { weight: 4, arbitrary: ofSymbol('trade') },
  { weight: 3, arbitrary: ofOne('refuse requests', 'goodbye', 'lose connection') },
  { weight: 3, arbitrary: ofOne('limit rate') },
  { weight: 5, arbitrary: ofSymbol('skip', 'lose history', 'unavailable', 'delay', 'take away', 'retire') },
  { weight: 1, arbitrary: fc.constant({ does: 'flush' as const }) },
);

const subscribe = (...names: string[]): Step => ({
  ...{ does: 'subscribe', symbols: names, frequency: 0, loops: false },
});
const one = (does: OfOne): Step => ({ does, which: 0 });
const turn: Step = { does: 'turn' };

/** Sequences that long runs found, one in ten thousand or so, each with what it once broke. */
export const found: readonly (readonly Step[])[] = [
  // C gives its place back while A, which waited, has asked anew already: B's turn was spent on A.
  [
    ...[one('goodbye'), subscribe('E', 'C', 'D', 'UNKNOWN'), subscribe('B'), subscribe('A')],
    ...[
      one('message arrives'),
      { does: 'wait', ms: 1000 } as const,
      one('lose connection'),
      one('limit rate'),
    ],
    ...[turn, one('message arrives'), subscribe('A'), one('hub works'), turn],
    ...[{ does: 'take away', symbol: 'C' } as const, one('message arrives')],
  ],
  // What the next hub answered was not taken, and the request that followed was refused: its updates were passed over.
  [
    ...[one('goodbye'), subscribe('D'), one('message arrives'), { does: 'wait', ms: 1000 } as const],
    ...[one('hub works'), { does: 'hub works', which: 1 } as const, turn],
    ...[{ does: 'hub works', which: 3 } as const, { does: 'retire', symbol: 'D' } as const],
  ],
];
