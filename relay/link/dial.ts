// One outgoing socket: token, upgrade, events. A replaced socket is orphaned: its late events reach nobody.
import { WebSocket } from "ws";
import { MESSAGE_BYTES, ROUTES, SUBPROTOCOL, type Bytes, type MachineId } from "../../schema/index.ts";
import type { Api } from "./api.ts";

/** What a socket tells its connection; after `closed` nothing follows. */
export interface SocketEvents {
  opened(): void;
  text(message: string): void;
  binary(message: Bytes): void;
  closed(code: number, reason: string): void;
}

/** An open or opening socket. Sending after it closed does nothing: the reconnect sends what counts again. */
export interface Socket {
  send(message: string | Bytes): void;
  close(code: number): void;
}

/** Fetches a token and opens the relay's socket. Throws what the token route throws. */
export async function dial(api: Api, origin: string, machine: MachineId, events: SocketEvents): Promise<Socket> {
  const { token } = await api.token();
  const url = origin.replace(/^http/, "ws") + ROUTES.socket(machine);
  const socket = new WebSocket(url, [SUBPROTOCOL], {
    headers: { authorization: `Bearer ${token}` },
    maxPayload: MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  let isOver = false;
  const over = (code: number, reason: string): void => {
    if (isOver) return;
    isOver = true;
    events.closed(code, reason);
  };
  socket.on("open", () => events.opened());
  socket.on("message", (data, isBinary) => {
    if (isOver) return;
    const bytes = toBytes(data);
    if (isBinary) events.binary(bytes);
    else events.text(new TextDecoder().decode(bytes));
  });
  socket.on("close", (code, reason) => over(code, reason.toString()));
  // ws always follows an error by a close; the text says why for the log.
  socket.on("error", (error) => over(1006, error.message));
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    close: (code) => {
      over(code, "closed here");
      // A close handshake needs the other end; a dead network would keep the socket for half a minute.
      socket.close(code);
      socket.terminate();
    },
  };
}

function toBytes(data: Buffer | ArrayBuffer | Buffer[]): Bytes {
  const whole = Array.isArray(data) ? Buffer.concat(data) : data;
  return new Uint8Array(whole);
}
