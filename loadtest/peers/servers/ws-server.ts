import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { answerParent } from '#loadtest/peers/child-answers.ts';
import type { ServerOrder } from './server-order.ts';

/*
 * What a team would write first: `ws`, ioredis, a Redis channel per symbol that somebody here wants, and a
 * loop over its sockets. The message goes on as the bytes that came from Redis: nothing is parsed or encoded.
 */
const socketsByChannel = new Map<string, Set<WebSocket>>();

answerParent<ServerOrder>(async ({ redisUrl }) => {
  const redis = new Redis(redisUrl);
  redis.on('messageBuffer', (channel: Buffer, message: Buffer) => {
    for (const socket of socketsByChannel.get(channel.toString()) ?? []) socket.send(message, asText);
  });
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => void subscribe(socket, data, redis));
    socket.on('close', () => leave(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return (http.address() as AddressInfo).port;
});

const asText = { binary: false } as const;

async function subscribe(socket: WebSocket, data: RawData, redis: Redis): Promise<void> {
  const { subscribe: channels } = JSON.parse(data.toString()) as { subscribe: string[] };
  const unknown = channels.filter((channel) => !socketsByChannel.has(channel));
  for (const channel of channels) {
    const sockets = socketsByChannel.get(channel) ?? new Set();
    sockets.add(socket);
    socketsByChannel.set(channel, sockets);
  }
  if (unknown.length > 0) await redis.subscribe(...unknown);
  socket.send('{"subscribed":true}');
}

function leave(socket: WebSocket): void {
  for (const sockets of socketsByChannel.values()) sockets.delete(socket);
}
