// Passes what just came from the relay to the devices that are level with storage. One that is not, or whose window is
// full, is left behind and reads from SQLite instead; so a slow device costs nothing here.
import { CLOSE, LIVE_WINDOW_BYTES, packMessage, STALLED_BYTES, type AnyFrame, type Bytes } from "../../schema/index.ts";
import type { DeviceConnection } from "./connections.ts";
import { feed } from "./feed.ts";
import type { HubParts } from "./hub-parts.ts";
import type { DeviceState } from "./socket-state.ts";
import { inFlight, PREFIX_BYTES, room } from "./window.ts";

/** How a device wants a frame: not at all, as its window allows, or whatever its window (small, rare, or its own answer). */
type Wish = "no" | "windowed" | "always";

/** Packed messages of this event, by the frames in them: devices with equal needs share the bytes. */
type Packed = Map<string, Bytes>;

/** Frames newly stored, or only passing, in the order they came. */
export function fanOut(parts: HubParts, frames: readonly AnyFrame[]): void {
  if (frames.length === 0) return;
  const packed: Packed = new Map();
  for (const device of parts.connections.devices()) offer(parts, device, frames, packed);
}

function offer(parts: HubParts, device: DeviceConnection, frames: readonly AnyFrame[], packed: Packed): void {
  const { state } = device;
  const wishes = frames.map((frame) => wishOf(state, frame));
  const windowedBytes = sizeOf(frames, (index) => wishes[index] === "windowed");
  const fits = windowedBytes <= room(state);
  const picks = frames.flatMap((_, index) => {
    const wish = wishes[index];
    return wish === "always" || (wish === "windowed" && fits) ? [index] : [];
  });
  if (picks.length > 0) {
    if (fits) for (const index of picks) advance(state, frames[index]);
    const message = packOnce(packed, picks, frames);
    state.sent += message.length;
    device.touch();
    device.send(message);
  }
  // Also with nothing under way: a message larger than the whole window must leave in parts.
  if (!fits) feed(parts, device);
  if (inFlight(state) > STALLED_BYTES) parts.connections.end(device, CLOSE.rate);
}

function wishOf(state: DeviceState, frame: AnyFrame): Wish {
  switch (frame.name) {
    case "EVT": {
      const after = state.subs.get(frame.header.session);
      return !state.behind && after !== undefined && frame.header.seq > after ? "windowed" : "no";
    }
    case "DOC":
      return !state.behind && state.docs !== null && frame.header.rev > state.docs.rev ? "windowed" : "no";
    case "KEYRING":
    case "RES":
      return frame.header.d === state.d ? "always" : "no";
    case "BEACON":
      return state.nonce !== null ? "always" : "no";
    case "LIVE": {
      const isWanted = state.live.has(`${frame.header.session}/${frame.header.chan}`);
      return isWanted && inFlight(state) < LIVE_WINDOW_BYTES ? "always" : "no";
    }
    default:
      return "no";
  }
}

function advance(state: DeviceState, frame: AnyFrame | undefined): void {
  if (frame?.name === "EVT") state.subs.set(frame.header.session, frame.header.seq);
  if (frame?.name === "DOC" && state.docs !== null) state.docs.rev = frame.header.rev;
}

function sizeOf(frames: readonly AnyFrame[], isCounted: (index: number) => boolean): number {
  return frames.reduce((sum, { bytes }, index) => sum + (isCounted(index) ? bytes.length + PREFIX_BYTES : 0), 0);
}

function packOnce(packed: Packed, picks: readonly number[], frames: readonly AnyFrame[]): Bytes {
  const key = picks.join();
  const known = packed.get(key);
  if (known !== undefined) return known;
  const message = packMessage(picks.flatMap((index) => frames[index]?.bytes ?? []));
  packed.set(key, message);
  return message;
}
