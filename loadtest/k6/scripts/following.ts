import { clearTimeout, setTimeout } from 'k6/timers';
import { WebSocket } from 'k6/websockets';
import type { Connection, ConnectionEvents, FollowingDeps } from '#loadtest/scripted/following-socket.ts';
import { countConnect, countDrop, createMetricsSink } from './metrics.ts';

/** k6's sockets, timers and metrics for sockets of this crowd. */
export function followingDeps(crowd: string): FollowingDeps {
  return {
    open,
    after,
    random: Math.random,
    sink: createMetricsSink(crowd),
    connected: countConnect,
    dropped: countDrop,
  };
}

/** Does `action` after `ms`, unless what it returns is called before. */
export function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

function open(url: string, events: ConnectionEvents): Connection {
  const socket = new WebSocket(url);
  socket.addEventListener('open', events.opened);
  socket.addEventListener('message', (event) => {
    if ('data' in event && typeof event.data === 'string') events.message(event.data);
  });
  socket.addEventListener('error', events.lost);
  socket.addEventListener('close', events.lost);
  return socket;
}
