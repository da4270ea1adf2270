/** Where a hub listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}
