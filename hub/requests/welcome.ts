import type { Session } from '#hub/session/session.ts';
import type { WelcomeMessage } from '#protocol/messages.ts';
import type { RequestLimits } from './requests.ts';

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
