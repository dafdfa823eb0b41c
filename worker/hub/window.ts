// The window of a device's socket: binary bytes sent but not yet reported as stored or dropped.
import { FIRST_WINDOW_BYTES, WINDOW_BYTES } from "../../schema/index.ts";
import type { DeviceState } from "./socket-state.ts";

/** Bytes a frame takes inside a message besides itself. */
export const PREFIX_BYTES = 4;

/** Bytes under way to a device. */
export function inFlight({ sent, got }: Pick<DeviceState, "sent" | "got">): number {
  return sent - got;
}

/** How many more bytes may go. Never negative. */
export function room(state: Pick<DeviceState, "sent" | "got">): number {
  const window = Math.min(WINDOW_BYTES, FIRST_WINDOW_BYTES + state.got);
  return Math.max(0, window - inFlight(state));
}

/** Takes a device's report. One that claims more than was sent opens the window no further than that. */
export function report(state: Pick<DeviceState, "sent" | "got">, got: number): void {
  state.got = Math.min(state.sent, Math.max(state.got, got));
}
