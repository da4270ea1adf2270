import uWS from 'uWebSockets.js';
import { Server } from 'socket.io';
import { answerParent } from '#loadtest/peers/child-answers.ts';
import type { ServerOrder } from './server-order.ts';
import { serveRooms, socketIoOptions } from './socket-io-rooms.ts';

/** Socket.IO on uWebSockets.js, the fastest that its documents offer (socket.io/docs/v4/server-installation). */
answerParent<ServerOrder>(async ({ redisUrl }) => {
  const app = uWS.App();
  const io = new Server(socketIoOptions);
  io.attachApp(app);
  serveRooms(io, redisUrl);
  return new Promise((resolve) => {
    app.listen('127.0.0.1', 0, (socket) => resolve(socket ? uWS.us_socket_local_port(socket) : -1));
  });
});
