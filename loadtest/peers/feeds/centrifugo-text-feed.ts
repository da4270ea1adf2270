import { createCentrifugoApi } from './centrifugo-api.ts';
import { serveFeed } from './feed-orders.ts';

/** Each update is published as JSON to the channel of its symbol. */
serveFeed(async (url) => {
  const send = createCentrifugoApi(url);
  return (updates) => send(updates.map((data) => ({ publish: { channel: data.symbol, data } })));
});
