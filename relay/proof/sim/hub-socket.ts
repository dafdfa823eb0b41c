// The hub's end of one wire, as the Durable Object's WebSocket: its attachment outlives the object's memory.
import { deserialize, serialize } from "node:v8";
import type { Bytes } from "../../../schema/index.ts";
import type { HubSocket } from "../../../worker/hub/connections.ts";
import type { Wire } from "./network.ts";

const OPEN = 1;
const CLOSED = 3;

/** Sends and closes go through the gate: nothing leaves before what was written in the same event is kept. */
export type Gate = (leave: () => void) => void;

export class SimHubSocket implements HubSocket {
  readonly wire: Wire;
  readyState = OPEN;
  /** Virtual ms of the newest ping that the platform answered; null before the first. */
  pingedAt: number | null = null;
  /** Bytes of the attachment, as structured clone writes them. */
  attachmentBytes = 0;
  readonly #gate: Gate;
  #attachment: Buffer | null = null;

  constructor(wire: Wire, gate: Gate) {
    this.wire = wire;
    this.#gate = gate;
  }

  send(message: string | Bytes): void {
    const copy = typeof message === "string" ? message : message.slice();
    this.#gate(() => this.wire.hubSend(copy));
  }

  close(code: number, _reason: string): void {
    this.readyState = CLOSED;
    this.#gate(() => this.wire.hubClose(code));
  }

  /** The peer is gone. */
  lost(): void {
    this.readyState = CLOSED;
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = serialize(value);
    this.attachmentBytes = this.#attachment.length;
  }

  deserializeAttachment(): unknown {
    return this.#attachment === null ? null : deserialize(this.#attachment);
  }
}
