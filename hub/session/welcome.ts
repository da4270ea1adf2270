import type { RequestLimits } from '#hub/requests/requests.ts';
import type { WelcomeMessage } from '#protocol/messages.ts';
import type { Session } from './session.ts';

export interface WelcomeLimits extends Pick<RequestLimits, 'messageBytesMax' | 'messagesPerSecond'> {
  readonly heartbeatMs: number;
  readonly symbolsMax: number;
}

/** The first message to a client: who serves it, and what it may do. @param node names the hub */
export function welcomeTo(session: Session, node: string, limits: WelcomeLimits): WelcomeMessage {
  return {
    ...{ type: 'welcome', session: session.id, node, heartbeat_ms: limits.heartbeatMs },
    limits: {
      symbols: limits.symbolsMax,
      message_bytes: limits.messageBytesMax,
      messages_per_second: limits.messagesPerSecond,
    },
  };
}
