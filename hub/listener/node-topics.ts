import type { NodeSocket } from './node-socket.ts';
import type { Topic } from './topic.ts';

/** Who is subscribed to what. */
export class Topics {
  readonly #subscribers = new Map<Topic, Set<NodeSocket>>();

  subscribersOf(topic: Topic): ReadonlySet<NodeSocket> | undefined {
    return this.#subscribers.get(topic);
  }

  add(topic: Topic, socket: NodeSocket): void {
    const known = this.#subscribers.get(topic);
    if (known === undefined) this.#subscribers.set(topic, new Set([socket]));
    else known.add(socket);
  }

  delete(topic: Topic, socket: NodeSocket): void {
    const subscribers = this.#subscribers.get(topic);
    subscribers?.delete(socket);
    if (subscribers?.size === 0) this.#subscribers.delete(topic);
  }
}
