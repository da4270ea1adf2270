declare const topicBrand: unique symbol;

/** What sockets subscribe to: printable ASCII, so that every listener makes the same bytes of it. */
export type Topic = string & { readonly [topicBrand]: true };

const ascii = /^[\x20-\x7e]+$/;

/** The only place that mints a Topic. @throws Error for other characters: nothing from outside is to be in its name */
export function topicOf(name: string): Topic {
  if (!ascii.test(name)) throw new Error(`${JSON.stringify(name)} can not name a topic`);
  return name as Topic;
}
