import { FanoutError } from '#fanout/ports.ts';
import { type Position, parsePosition } from '#protocol/position.ts';

/**
 * The position that the id of a stream entry stands for.
 * @throws FanoutError when it is none: somebody else has written to our streams
 */
export function parseEntryId(id: string): Position {
  const position = parsePosition(id);
  if (position === undefined) throw new FanoutError('refused', `not an id that we gave: ${id.slice(0, 64)}`);
  return position;
}

/**
 * The positions of the ids in `text`, with blanks between. One after another they are mostly of one epoch,
 * which is then read once.
 * @throws FanoutError as `parseEntryId` does
 */
export function parseEntryIds(text: string): Position[] {
  if (text === '') return [];
  let head = '';
  let epoch = 0;
  return text.split(' ').map((id) => {
    const seq = Number(id.slice(head.length));
    if (head !== '' && id.startsWith(head) && Number.isSafeInteger(seq)) return { epoch, seq };
    const position = parseEntryId(id);
    epoch = position.epoch;
    head = `${epoch}-`;
    return position;
  });
}
