// Tells the relay who watches, so that its beacons echo their nonces: at once, but at most once a second.
import { WATCH_ENTRIES, WATCH_EVERY_MS, WATCH_SILENT_MS, type DeviceId } from "../../schema/index.ts";
import type { RelayConnection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";

/** The watchers have changed, or a relay wants to know them. */
export function tellWatchers(parts: HubParts): void {
  const relay = parts.connections.relay();
  if (relay === null || !relay.state.synced) return;
  const waitMs = relay.state.watchAt + WATCH_EVERY_MS - parts.now();
  if (waitMs <= 0) return sendWatch(parts, relay);
  if (relay.state.watchDue) return;
  relay.state.watchDue = true;
  relay.touch();
  resumeWatch(parts);
}

/** Waits for what is due; called also when the object wakes, because its timers do not survive sleep. */
export function resumeWatch(parts: HubParts): void {
  const relay = parts.connections.relay();
  if (relay === null || !relay.state.watchDue) return;
  const waitMs = Math.max(0, relay.state.watchAt + WATCH_EVERY_MS - parts.now());
  parts.later(waitMs, () => {
    // Another relay may have taken over meanwhile; it was told everything when it came.
    if (parts.connections.relay() === relay && relay.state.watchDue) sendWatch(parts, relay);
  });
}

function sendWatch(parts: HubParts, relay: RelayConnection): void {
  const list = parts.connections
    .devices()
    .flatMap(({ state }): [DeviceId, string][] => (state.nonce === null ? [] : [[state.d, state.nonce]]))
    .slice(0, WATCH_ENTRIES);
  relay.state.watchAt = parts.now();
  relay.state.watchDue = false;
  relay.touch();
  relay.say({ t: "watch", list });
}

/** On each beacon: watchers silent for WATCH_SILENT_MS are dropped, so that a phone that vanished keeps nobody awake. */
export function dropSilentWatchers(parts: HubParts): void {
  let dropped = false;
  for (const device of parts.connections.devices()) {
    if (device.state.nonce === null || parts.now() - device.state.seenAt <= WATCH_SILENT_MS) continue;
    device.state.nonce = null;
    device.touch();
    dropped = true;
  }
  if (dropped) tellWatchers(parts);
}
