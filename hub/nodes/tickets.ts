import {
  hubService,
  type LiveInstance,
  type NodeRegistry,
  type ServiceListing,
  type Tickets as TicketStore,
} from '#fanout/node-ports.ts';
import { FanoutError } from '#fanout/ports.ts';
import { ticketLength } from '#fanout/redis/nodes/ticket-secret.ts';
import type { Identity, TokenRefusal } from '#hub/auth/authenticator.ts';
import { createNodeChoice } from './node-choice.ts';
import type { MayNameSocket } from './session-hosts.ts';
import { readTicketPayload, writeTicketPayload } from './ticket-payload.ts';

/** The nodes that clients may be sent to, and the store of open tickets. */
export interface TicketsDeps {
  readonly nodes: Pick<NodeRegistry, 'list'>;
  /** Keeps what a ticket stands for, for all hubs. */
  readonly store: TicketStore;
  readonly mayNameSocket: MayNameSocket;
  /** Hears how many hubs name sockets elsewhere, and which, whenever the list is read. */
  readonly strangers: (instances: readonly LiveInstance[]) => void;
  /** Who may come without a token; undefined: nobody. */
  readonly anonymous: Identity | undefined;
  /** Unix ms; tokens and tickets are good until some time of it. */
  readonly now: () => number;
  /** Milliseconds since some time in the past; never goes back. */
  readonly elapsedMs: () => number;
  /** 0 … 1 */
  readonly random: () => number;
}

/** How long tickets are good, and how old the list of nodes may be; ms. */
export interface TicketsLimits {
  /** How long a ticket is good. */
  readonly ticketMs: number;
  /** What is known of the nodes is read again when it is older. */
  readonly nodesRefreshMs: number;
}

/** Where the client is to connect, or why it can not. */
export type OpenedSession =
  /** `expiresAt`: Unix ms. */
  | { readonly ok: true; readonly websocketUrl: string; readonly expiresAt: number }
  /** For the client: what is wrong. */
  | { readonly ok: false; readonly problem: string };

/** Why a ticket opens no socket, as the protocol names it. */
export type TicketRefusal = Exclude<TokenRefusal, 'invalid_token'> | 'invalid_ticket';

/** Whose a ticket is, or why it is refused. */
export type TicketVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly code: TicketRefusal; readonly problem: string };

/** Sends clients to a node with a ticket, and takes the tickets of those who come. */
export interface Tickets {
  /** Never rejects. */
  open(identity: Identity): Promise<OpenedSession>;
  /** Whoever made the ticket: each hub takes those of all. Never rejects. */
  redeem(secret: string): Promise<TicketVerdict>;
}

/** Reads the list of nodes when it is first asked for. */
export function createTickets(deps: TicketsDeps, limits: TicketsLimits): Tickets {
  const { nodes, store, anonymous, now, elapsedMs, mayNameSocket } = deps;
  const choice = createNodeChoice(deps.random);
  let listing: Promise<readonly LiveInstance[]> | undefined;
  /** Of `elapsedMs`. */
  let listedAt = 0;

  /** Without those to whom nobody is sent, whatever they say. */
  const known = (listed: ServiceListing | undefined): readonly LiveInstance[] => {
    const instances = listed?.instances ?? [];
    const isStrange = ({ socketUrl }: LiveInstance) => socketUrl !== undefined && !mayNameSocket(socketUrl);
    deps.strangers(instances.filter(isStrange));
    return instances.filter((instance) => !isStrange(instance));
  };

  /** A burst of clients costs one read. */
  const hubs = (): Promise<readonly LiveInstance[]> => {
    if (listing !== undefined && elapsedMs() - listedAt < limits.nodesRefreshMs) return listing;
    listedAt = elapsedMs();
    const read = nodes.list(hubService).then(known);
    read.catch(() => {
      if (listing === read) listing = undefined;
    });
    listing = read;
    return read;
  };

  const open = async (identity: Identity): Promise<OpenedSession> => {
    const node = choice.choose(await hubs());
    if (node === undefined) return { ok: false, problem: 'No node is ready for clients; try again' };
    const secret = await store.issue(writeTicketPayload(identity), limits.ticketMs);
    const expiresAt = Math.min(now() + limits.ticketMs, identity.expiresAt);
    return { ok: true, websocketUrl: `${node.socketUrl}?ticket=${secret}&node=${node.instance}`, expiresAt };
  };

  const judge = (payload: string | undefined): TicketVerdict => {
    if (payload === undefined)
      return refuse(
        'invalid_ticket',
        'The ticket was used, is too old or unknown; get another: POST /session',
      );
    const identity = readTicketPayload(payload);
    if (identity === undefined)
      return refuse('invalid_ticket', 'This hub can not read the ticket; get another: POST /session');
    if (identity.user === undefined && anonymous === undefined)
      return refuse('invalid_ticket', 'The ticket names nobody, but this hub wants to know; show a token');
    if (identity.expiresAt <= now())
      return refuse('token_expired', 'The token behind the ticket has expired; get a new one');
    return { ok: true, identity };
  };

  return {
    open: (identity) => unlessAway(() => open(identity), { ok: false, problem: awayProblem }),
    redeem: (secret) =>
      unlessAway(
        async () => judge(secret.length === ticketLength ? await store.redeem(secret) : undefined),
        refuse('unavailable', awayProblem),
      ),
  };
}

const awayProblem = 'Tickets can not be had or checked just now; try again in a few seconds';

async function unlessAway<T>(work: () => Promise<T>, instead: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    return instead;
  }
}

function refuse(code: TicketRefusal, problem: string): Extract<TicketVerdict, { ok: false }> {
  return { ok: false, code, problem };
}
