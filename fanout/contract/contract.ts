import { after, before, describe } from 'node:test';
import { describeBeside } from './contract-beside.ts';
import { describeHistory } from './contract-history.ts';
import { describeLive } from './contract-live.ts';
import { describeNodes } from './contract-nodes.ts';
import { describePublisher } from './contract-publisher.ts';
import type { Opened, Subject } from './subject.ts';

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
