import { answerParent } from '#loadtest/peers/child-answers.ts';
import { type Pace, startPace } from '#loadtest/peers/pace.ts';
import { type PeerUpdate, UpdateSource } from '#loadtest/peers/update.ts';

/** What the process of a feed is asked, in this order. */
export type FeedOrder =
  | {
      readonly order: 'connect';
      /** Where it publishes to. */
      readonly url: string;
      /** How many symbols there are. */
      readonly symbols: number;
    }
  | { readonly order: 'start'; readonly updatesPerSecond: number }
  /** Answered with the number of updates that were published. */
  | { readonly order: 'stop' };

/** Publishes some updates; resolves when it can take the next ones. */
export type Publish = (updates: readonly PeerUpdate[]) => Promise<unknown>;

/** Run in a child process: publishes at the rate that it is told, until it is told to stop. */
export function serveFeed(connect: (url: string, symbols: number) => Promise<Publish>): void {
  let source = new UpdateSource(1);
  let publish: Publish | undefined;
  let pace: Pace | undefined;
  answerParent<FeedOrder>(async (message) => {
    switch (message.order) {
      case 'connect':
        source = new UpdateSource(message.symbols);
        publish = await connect(message.url, message.symbols);
        return undefined;
      case 'start': {
        if (publish === undefined) throw new Error('the first order must be `connect`');
        const send = publish;
        pace = startPace(message.updatesPerSecond, async (count) => {
          await send(Array.from({ length: count }, () => source.next()));
        });
        return undefined;
      }
      case 'stop':
        await pace?.stop();
        return source.made;
    }
  });
}
