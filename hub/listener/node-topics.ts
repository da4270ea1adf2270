import type { Topic } from './topic.ts';

/** Which sockets are subscribed to which topics. */
export class Topics<Subscriber> {
  readonly #subscribers = new Map<Topic, Set<Subscriber>>();

  subscribersOf(topic: Topic): ReadonlySet<Subscriber> | undefined {
    return this.#subscribers.get(topic);
  }

  add(topic: Topic, socket: Subscriber): void {
    const known = this.#subscribers.get(topic);
    if (known === undefined) this.#subscribers.set(topic, new Set([socket]));
    else known.add(socket);
  }

  delete(topic: Topic, socket: Subscriber): void {
    const subscribers = this.#subscribers.get(topic);
    subscribers?.delete(socket);
    if (subscribers?.size === 0) this.#subscribers.delete(topic);
  }
}
