/** The first message that a server's process gets; it answers with the port on which it listens. */
export interface ServerOrder {
  readonly order: 'listen';
  readonly redisUrl: string;
}
