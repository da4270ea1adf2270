import { leastCosts, residuals } from './fit.ts';
import type { Point } from './point.ts';

/** What the curves say that each thing costs: the slopes of one fit through all of their points. */
export interface Costs {
  /** Cores of a hub that does nothing. */
  readonly hubIdleCores: number;
  /** CPU seconds of a hub: for a tick that it receives, and for a delivery. */
  readonly receiveSeconds: number;
  readonly deliverSeconds: number;
  /** The same of a delivery to a frequency class of 5 s. */
  readonly deliverClassSeconds: number;
  /** CPU seconds of Redis: for a tick that is appended, and for each hub that it is sent to. */
  readonly appendSeconds: number;
  readonly sendSeconds: number;
  /** CPU seconds of the adapter for a tick. */
  readonly feedSeconds: number;
  /** Bytes of a hub with nothing in it, for a socket, and for a symbol that somebody wants. */
  readonly hubBytes: number;
  readonly socketBytes: number;
  readonly symbolBytes: number;
  /** The furthest that any point is from the fit of the hub's cores, and what was measured there. */
  readonly worst: { readonly point: Point; readonly fittedCores: number };
}

/** @throws RangeError when the points are too few */
export function costsOf(points: readonly Point[]): Costs {
  const rows = points.map(hubQuantities);
  const cores = points.map(({ hubCores }) => hubCores);
  const [hubIdleCores = 0, receiveSeconds = 0, deliverSeconds = 0, deliverClassSeconds = 0] = leastCosts(
    rows,
    cores,
  );
  const [appendSeconds = 0, sendSeconds = 0] = leastCosts(
    points.map(({ ticksPerSecond, receivedPerSecond }) => [ticksPerSecond, receivedPerSecond]),
    points.map(({ redisCores }) => redisCores),
  );
  const [feedSeconds = 0] = leastCosts(
    points.map(({ ticksPerSecond }) => [ticksPerSecond]),
    points.map(({ feedCores }) => feedCores),
  );
  const [hubBytes = 0, socketBytes = 0, symbolBytes = 0] = leastCosts(
    points.map(({ hubs, sockets, symbolsWanted }) => [hubs, sockets, symbolsWanted]),
    points.map(({ hubMebibytes }) => hubMebibytes * 1_048_576),
  );
  const off = residuals([hubIdleCores, receiveSeconds, deliverSeconds, deliverClassSeconds], rows, cores);
  return {
    ...{ hubIdleCores, receiveSeconds, deliverSeconds, deliverClassSeconds },
    ...{ appendSeconds, sendSeconds, feedSeconds, hubBytes, socketBytes, symbolBytes },
    worst: worstOf(points, off),
  };
}

function hubQuantities({ hubs, receivedPerSecond, deliveriesPerSecond, frequencyMs }: Point): number[] {
  const ofClass = frequencyMs > 0;
  return [hubs, receivedPerSecond, ofClass ? 0 : deliveriesPerSecond, ofClass ? deliveriesPerSecond : 0];
}

function worstOf(points: readonly Point[], off: readonly number[]): Costs['worst'] {
  const sizes = off.map(Math.abs);
  const at = sizes.indexOf(Math.max(...sizes));
  const point = points[at];
  if (point === undefined) throw new RangeError('there are no points');
  return { point, fittedCores: point.hubCores + (off[at] ?? 0) };
}
