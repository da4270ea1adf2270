import type { Endpoint } from '#loadtest/swarm/target/endpoint.ts';
import type { SwarmSocket } from './swarm-socket.ts';

/**
 * Loopback addresses are numbered from 127.0.0.2; each has the system's 28,000 local ports to itself. The system
 * looks for a free one in turn: from some 7,000 taken on a connect took the swarm milliseconds.
 */
export const socketsPerAddress = 2500;
/** Connections of a worker that may be under way at a time. */
const openingMax = 256;
const turnMs = 10;

/** Where sockets connect to, from which addresses, and how many a second. */
export interface OpeningOrder {
  readonly endpoints: readonly Endpoint[];
  readonly firstAddress: number | undefined;
  readonly socketsPerSecond: number;
}

/** Opens the sockets of a worker at a steady pace, and again those that come back. */
export class Openings {
  readonly #order: OpeningOrder;
  readonly #open: (socket: SwarmSocket, endpoint: Endpoint, localAddress: string | undefined) => void;
  readonly #waiting: SwarmSocket[] = [];
  readonly #attempts = new Map<SwarmSocket, number>();
  readonly #underWay = new Set<SwarmSocket>();
  #allowance = 0;
  #lastTurn = performance.now();

  constructor(
    order: OpeningOrder,
    open: (socket: SwarmSocket, endpoint: Endpoint, localAddress: string | undefined) => void,
  ) {
    this.#order = order;
    this.#open = open;
    setInterval(() => this.#turn(), turnMs);
  }

  all(sockets: readonly SwarmSocket[]): void {
    for (const socket of sockets) this.#waiting.push(socket);
    this.#waiting.reverse(); // the next one is taken from the end
  }

  /** The socket comes back when its turn comes, to the next endpoint. */
  again(socket: SwarmSocket): void {
    this.#attempts.set(socket, (this.#attempts.get(socket) ?? 0) + 1);
    this.#underWay.delete(socket);
    this.#waiting.unshift(socket);
  }

  #turn(): void {
    const now = performance.now();
    const { socketsPerSecond } = this.#order;
    this.#allowance = Math.min(
      this.#allowance + ((now - this.#lastTurn) * socketsPerSecond) / 1000,
      Math.max(socketsPerSecond / 10, 1),
    );
    this.#lastTurn = now;
    for (const socket of this.#underWay)
      if (socket.isSubscribed || !socket.isOpen) this.#underWay.delete(socket);
    while (this.#allowance >= 1 && this.#underWay.size < openingMax) {
      const socket = this.#waiting.pop();
      if (socket === undefined) return;
      this.#allowance--;
      this.#underWay.add(socket);
      this.#openNext(socket);
    }
  }

  #openNext(socket: SwarmSocket): void {
    const { endpoints, firstAddress } = this.#order;
    const turn = socket.index + (this.#attempts.get(socket) ?? 0);
    const endpoint = endpoints[turn % endpoints.length];
    if (endpoint === undefined) throw new Error('a swarm without endpoints');
    const number =
      firstAddress === undefined ? undefined : firstAddress + Math.floor(socket.index / socketsPerAddress);
    this.#open(socket, endpoint, number === undefined ? undefined : addressOf(number));
  }
}

/** 2 → `127.0.0.2`, 300 → `127.0.1.44` */
function addressOf(number: number): string {
  return `127.0.${number >> 8}.${number & 0xff}`;
}
