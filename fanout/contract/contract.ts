import { after, before, describe } from 'node:test';
import type { Fanout } from '#fanout/ports.ts';
import { describeBeside } from './contract-beside.ts';
import { describeHistory } from './contract-history.ts';
import { describeLive } from './contract-live.ts';
import { describeNodes } from './contract-nodes.ts';
import { describePublisher } from './contract-publisher.ts';

/** A fanout on trial, over an empty store. */
export interface Opened {
  readonly fanout: Fanout;
  /** What another process sees of the same store; the same object where there can be none. */
  second(): Promise<Fanout>;
  close(): Promise<void>;
}

/** What every part of the suite gets: the fanout, once it is open. */
export type Subject = () => Opened;

/** The claims that every fanout has to live up to. */
export function describeFanout(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened | undefined;
    before(async () => {
      opened = await open();
    });
    after(() => opened?.close());
    const subject: Subject = () => {
      if (opened === undefined) throw new Error('the fanout is not open');
      return opened;
    };
    describePublisher(subject);
    describeLive(subject);
    describeHistory(subject);
    describeBeside(subject);
    describeNodes(subject);
  });
}
