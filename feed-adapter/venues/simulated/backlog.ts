/** How much a steady market may bring: as much as keeps a small backlog in the publish queue, and no more. */
export interface Backlog {
  /** Ticks that fit into the publish queue. */
  room(): number;
  /** Ticks until the backlog has reached its bound; below 0 when it is beyond it. */
  ticksLeft(): number;
}

/** @param ticksMax bound of the backlog */
export function createBacklog(room: () => number, ticksMax: number): Backlog {
  /** The most room that was seen: that of an empty publish queue. */
  let roomMax = 0;

  function roomNow(): number {
    const free = room();
    roomMax = Math.max(roomMax, free);
    return free;
  }

  return {
    room: roomNow,
    ticksLeft() {
      const free = roomNow();
      return Math.min(free, ticksMax - (roomMax - free));
    },
  };
}
