// One socket of a relay or a device, with the malicious Worker in its middle.
import { WebSocket } from "ws";
import { toB64, type Bytes } from "../../../schema/index.ts";
import { controlName, putTogether, takeApart, type Direction, type Said } from "./wire.ts";

interface LineEvents {
  /** What is passed on in the place of what was said. */
  pass(direction: Direction, said: Said): readonly Said[];
  closed(): void;
}

/** Codes that a peer may be given; the others only report how a socket ended. */
const isSayable = (code: number): boolean => code === 1000 || (code >= 3000 && code <= 4999);

export class Line {
  readonly peer: "relay" | "device";
  /** Who proved itself here; null before that. */
  kid: string | null = null;
  /** How the hub, or this Worker, ended it; null while it is open. */
  closeCode: number | null = null;
  readonly #down: WebSocket;
  readonly #up: WebSocket;
  readonly #events: LineEvents;

  constructor(peer: "relay" | "device", down: WebSocket, up: WebSocket, events: LineEvents) {
    this.peer = peer;
    this.#down = down;
    this.#up = up;
    this.#events = events;
    this.#join(down, up, `${peer}>hub`);
    this.#join(up, down, `hub>${peer}`);
  }

  /** Says it to the peer, as if the hub had. */
  toPeer(...said: readonly Said[]): void {
    say(this.#down, said);
  }

  /** Says it to the hub, as if the peer had. */
  toHub(...said: readonly Said[]): void {
    say(this.#up, said);
  }

  /** The connection breaks, for both ends. */
  break(): void {
    this.#down.terminate();
    this.#up.terminate();
  }

  #join(from: WebSocket, to: WebSocket, direction: Direction): void {
    from.on("message", (data, isBinary) => {
      const passed = takeApart(bytesOf(data), isBinary).flatMap((said) => {
        if (controlName(said) === "auth" && said.kind === "text") this.kid = kidIn(said.text);
        return this.#events.pass(direction, said);
      });
      say(to, passed);
    });
    from.on("close", (code) => {
      this.closeCode ??= code;
      this.#events.closed();
      if (isSayable(code)) to.close(code);
      else to.terminate();
    });
    from.on("error", () => undefined); // `close` follows
  }
}

function say(socket: WebSocket, said: readonly Said[]): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  for (const message of putTogether(said)) socket.send(message);
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Bytes {
  return new Uint8Array(Array.isArray(data) ? Buffer.concat(data) : data);
}

function kidIn(text: string): string {
  return /"kid":"([\w-]+)"/.exec(text)?.[1] ?? toB64(new Uint8Array(16));
}
