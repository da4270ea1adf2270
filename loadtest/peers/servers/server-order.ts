/** The first message that a server's process gets; it answers with the port on which it listens. */
export interface ServerOrder {
  readonly order: 'listen';
  readonly redisUrl: string;
  /** Of `bare-server.ts`: how long updates are gathered; as a hub does under load when undefined. */
  readonly turnMs?: number;
  /** Of `bare-server.ts`: whether a subscription is answered with an update of each symbol. */
  readonly snapshots?: boolean;
}
