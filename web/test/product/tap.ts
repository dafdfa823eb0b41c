// A device's socket with somebody on the line: sees every frame, may hold some back, and may say things of its own.
import WebSocket from "ws";
import {
  isFrame,
  packAll,
  parseFrame,
  unpackMessage,
  type AnyFrame,
  type Bytes,
  type FrameName,
} from "../../../schema/index.ts";
import type { Dial, SocketEvents } from "../../live/ports.ts";
import { dialWith } from "../../live/socket.ts";

export class Tap {
  /** Every frame so far, whether it was let through or not. */
  readonly sent: AnyFrame[] = [];
  readonly received: AnyFrame[] = [];
  readonly texts: string[] = [];
  /** False holds a frame back, for good. */
  letsIn: (frame: AnyFrame) => boolean = () => true;
  letsOut: (frame: AnyFrame) => boolean = () => true;
  /** How often the hub hung up. */
  closes = 0;
  #socket: { send(data: Bytes): void; close(): void } | null = null;
  #events: SocketEvents | null = null;
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  readonly dial: Dial = (url, protocols, events) => {
    const open = dialWith(
      (address, names) => new WebSocket(address, names, { origin: this.#origin, perMessageDeflate: false }),
    );
    this.#events = events;
    const socket = open(url, protocols, {
      ...events,
      text: (text) => {
        this.texts.push(text);
        events.text(text);
      },
      binary: (message) => {
        const kept = this.#filter(message, this.received, this.letsIn);
        for (const part of packAll(kept)) events.binary(part);
      },
      closed: (code) => {
        this.closes += 1;
        events.closed(code);
      },
    });
    this.#socket = socket;
    return {
      close: socket.close,
      send: (data) => {
        if (typeof data === "string") return socket.send(data);
        for (const part of packAll(this.#filter(data, this.sent, this.letsOut))) socket.send(part);
        return undefined;
      },
    };
  };

  /** Says it to the hub, as if the device had. */
  inject(frame: Uint8Array): void {
    for (const part of packAll([frame])) this.#socket?.send(part);
  }

  /** Says it to the device, as if the hub had. */
  tell(frame: Uint8Array): void {
    for (const part of packAll([frame])) this.#events?.binary(part);
  }

  /** The connection breaks. */
  breakLine(): void {
    this.#socket?.close();
    this.#events?.closed(1006);
  }

  /** Frames of one kind that went out, or came in. */
  framesOf<N extends FrameName>(name: N, way: "sent" | "received"): readonly Extract<AnyFrame, { name: N }>[] {
    return this[way].flatMap((frame) => (isFrame(frame, name) ? [frame] : []));
  }

  #filter(message: Bytes, seen: AnyFrame[], lets: (frame: AnyFrame) => boolean): Bytes[] {
    return unpackMessage(message).filter((bytes) => {
      const frame = parseFrame(bytes.slice());
      seen.push(frame);
      return lets(frame);
    });
  }
}
