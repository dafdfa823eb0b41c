// Loaded into a relay under test: answers each "uplink" on its IPC channel with the bytes written to all its sockets.
import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";

const sockets = new Set<Socket>();
let closedBytes = 0;

channel("net.client.socket").subscribe((message) => {
  const { socket } = message as { socket: Socket };
  sockets.add(socket);
  socket.once("close", () => {
    closedBytes += socket.bytesWritten;
    sockets.delete(socket);
  });
});

process.on("message", () => {
  let bytes = closedBytes;
  for (const socket of sockets) bytes += socket.bytesWritten;
  process.send?.(bytes);
});
// The bench is gone, however it went: nothing may stay behind it.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
