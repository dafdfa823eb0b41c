// Loaded into a relay under test: answers each "uplink" on its IPC channel with the bytes written to all its sockets, and
// what its messages weigh by kind.
import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { parseFrame, unpackMessage } from "../../schema/index.ts";
import type { Uplink } from "./lab.ts";

const sockets = new Set<Socket>();
let closedBytes = 0;
/** Bytes of messages by the name of their frame, or by the word of a control message. */
const kinds: Record<string, number> = {};

channel("net.client.socket").subscribe((message) => {
  const { socket } = message as { socket: Socket };
  sockets.add(socket);
  socket.once("close", () => {
    closedBytes += socket.bytesWritten;
    sockets.delete(socket);
  });
});

const send = Reflect.get(WebSocket.prototype, "send");
Reflect.set(WebSocket.prototype, "send", function metered(this: WebSocket, message: unknown, ...rest: unknown[]) {
  weigh(message);
  return Reflect.apply(send, this, [message, ...rest]) as unknown;
});

function weigh(message: unknown): void {
  if (message instanceof Uint8Array) {
    for (const frame of unpackMessage(new Uint8Array(message))) add(parseFrame(frame).name, frame.length);
  } else if (typeof message === "string") {
    add(/^\{"t":"(\w+)"/.exec(message)?.[1] ?? message.slice(0, 8), message.length);
  }
}

function add(kind: string, bytes: number): void {
  kinds[kind] = (kinds[kind] ?? 0) + bytes;
}

process.on("message", () => {
  let bytes = closedBytes;
  for (const socket of sockets) bytes += socket.bytesWritten;
  const uplink: Uplink = { bytes, kinds };
  process.send?.(uplink);
});
// The bench is gone, however it went: nothing may stay behind it.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
