import type { AdmissionLimits } from './admission/admission.ts';
import type { ConnectionGateLimits } from './admission/connection-gate.ts';
import type { FlushWindowLimits } from './delivery/flush-window.ts';
import type { HandshakeLimits } from './http/handshake.ts';
import type { DrainLimits } from './liveness/drain.ts';
import type { HeartbeatLimits } from './liveness/heartbeats.ts';
import type { StalenessLimits } from './liveness/staleness.ts';
import type { TicketsLimits } from './nodes/tickets.ts';
import type { ReplayLimits } from './recovery/replays.ts';
import type { SlowConsumerLimits } from './recovery/slow-consumers.ts';
import type { TimeShareLimits } from './recovery/time-share.ts';
import type { CatalogueLimits } from './requests/catalogue.ts';
import type { RequestLimits } from './requests/requests.ts';
import type { SessionAuthLimits } from './requests/session-auth.ts';
import type { SubscribePlanLimits } from './requests/subscribe-plan.ts';
import type { BarrierLimits } from './session/session-barrier.ts';
import type { FeedsByDelayLimits } from './symbols/delay/feeds-by-delay.ts';

/** All that a hub is limited by; each part takes its own share of it. */
export interface HubLimits
  extends AdmissionLimits,
    BarrierLimits,
    CatalogueLimits,
    ConnectionGateLimits,
    DrainLimits,
    FlushWindowLimits,
    SessionAuthLimits,
    HandshakeLimits,
    HeartbeatLimits,
    SlowConsumerLimits,
    ReplayLimits,
    RequestLimits,
    StalenessLimits,
    FeedsByDelayLimits,
    TicketsLimits,
    SubscribePlanLimits {
  /** What replays may take of the time between two turns. */
  readonly replayTime: TimeShareLimits;
  /** What first visits to those who just subscribed may take of it besides. */
  readonly replayStartTime: TimeShareLimits;
  /** What subscribing may take of the time between two rounds of the event loop. */
  readonly requestTime: TimeShareLimits;
  /** Time between two turns: phases that have come round are published, and replays go on. */
  readonly turnMs: number;
  /** How often the hub looks at its load. */
  readonly loadSampleMs: number;
  /** How often the hub looks whether the catalogue changed. */
  readonly catalogueRefreshMs: number;
  /** How often unused feeds and old ticks are let go. */
  readonly sweepMs: number;
  /** How often the hub looks for what has come of age for delayed clients. */
  readonly delayedLookMs: number;
  /** How often the hub looks whether prices are stale. */
  readonly staleLookMs: number;
  /** What rounds of slow sockets may take of the time between two visits. */
  readonly slowConsumerTime: TimeShareLimits;
  /** How often slow sockets are visited. */
  readonly slowConsumerMs: number;
  /** How often the hub looks for tokens that are late or about to expire. */
  readonly gateMs: number;
  /** Time between two lines of the log about refused pages: strangers can cause them. */
  readonly refusedLogMs: number;
}
