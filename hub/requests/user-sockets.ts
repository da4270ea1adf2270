/** Counts the sockets of each user, in this process. */
export interface UserSockets {
  /** Whether `user` may have one more where `socketsMax` are allowed; if so it is counted. */
  enter(user: string, socketsMax: number): boolean;
  leave(user: string): void;
}

export function createUserSockets(): UserSockets {
  const byUser = new Map<string, number>();
  return {
    enter(user, socketsMax) {
      const sockets = byUser.get(user) ?? 0;
      if (sockets >= socketsMax) return false;
      byUser.set(user, sockets + 1);
      return true;
    },
    leave(user) {
      const sockets = (byUser.get(user) ?? 1) - 1;
      if (sockets > 0) byUser.set(user, sockets);
      else byUser.delete(user);
    },
  };
}
