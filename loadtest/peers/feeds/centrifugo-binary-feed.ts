import { tickwireFrame } from '#loadtest/peers/update.ts';
import { createCentrifugoApi } from './centrifugo-api.ts';
import { serveFeed } from './feed-orders.ts';

/** Each update is published as MessagePack bytes, which only clients of the Protobuf protocol can take. */
serveFeed(async (url) => {
  const send = createCentrifugoApi(url);
  return (updates) =>
    send(
      updates.map((update) => ({
        publish: { channel: update.symbol, b64data: Buffer.from(tickwireFrame(update)).toString('base64') },
      })),
    );
});
