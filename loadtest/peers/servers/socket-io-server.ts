import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { answerParent } from '#loadtest/peers/child-answers.ts';
import type { ServerOrder } from './server-order.ts';
import { serveRooms, socketIoOptions } from './socket-io-rooms.ts';

/** Socket.IO on its default WebSocket server, `ws`. */
answerParent<ServerOrder>(async ({ redisUrl }) => {
  const http = createServer();
  serveRooms(new Server(http, socketIoOptions), redisUrl);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return (http.address() as AddressInfo).port;
});
