import type { AdmissionLimits } from './admission/admission.ts';
import type { ClientPathLimits } from './client-path.ts';
import type { DrainLimits } from './liveness/drain.ts';
import type { ServedPortLimits } from './serve-port.ts';
import type { BarrierLimits } from './session/session-barrier.ts';
import type { UpdatePathLimits } from './update-path.ts';

/** All that a hub is limited by: numbers alone. Each part declares those that it uses. */
export interface HubLimits
  extends UpdatePathLimits,
    ClientPathLimits,
    ServedPortLimits,
    AdmissionLimits,
    BarrierLimits,
    DrainLimits {}
