// A device's control messages, once it is proven.
import {
  AppError,
  assertNever,
  deviceToHub,
  HEADS_AT_FIRST,
  PAGES_WAITING,
  parseControl,
  type DeviceToHub,
  type SessionId,
} from "../../schema/index.ts";
import type { DeviceConnection } from "./connections.ts";
import { feed, feedFirst } from "./feed.ts";
import type { HubParts } from "./hub-parts.ts";
import type { Buckets } from "./rate.ts";
import type { Page } from "./socket-state.ts";
import { tellWatchers } from "./watch.ts";
import { report } from "./window.ts";

/** Obeys one message. E_FRAME or E_SIZE for a malformed one, E_RATE for more questions than a person can ask. */
export function takeDeviceControl(parts: HubParts, questions: Buckets, device: DeviceConnection, text: string): void {
  const message = parseControl(text, deviceToHub);
  const { state } = device;
  device.touch();
  switch (message.t) {
    case "auth":
      throw new AppError("E_FRAME", { reason: "already proven" });
    case "got":
      report(state, message.bytes);
      if (state.behind) feed(parts, device);
      return;
    case "alive":
      return watch(parts, device, message.nonce);
    case "sub":
      ask(parts, questions, device);
      subscribe(parts, device, message);
      watch(parts, device, message.nonce);
      return feedFirst(parts, device);
    case "pull":
    case "list":
    case "blob":
      ask(parts, questions, device);
      return addPage(parts, device, message);
    default:
      return assertNever(message);
  }
}

function ask({ now }: HubParts, questions: Buckets, device: DeviceConnection): void {
  if (questions.take(device.state.d, now()) > 0) throw new AppError("E_RATE");
}

function watch(parts: HubParts, device: DeviceConnection, nonce: string): void {
  device.state.seenAt = parts.now();
  if (device.state.nonce === nonce) return;
  device.state.nonce = nonce;
  tellWatchers(parts);
}

/** Replaces the subscription; a session that stays keeps its place, unless the device is further ahead already. */
function subscribe(
  { documents }: HubParts,
  { state }: DeviceConnection,
  sub: Extract<DeviceToHub, { t: "sub" }>,
): void {
  const before = state.subs;
  state.subs = new Map<SessionId, number>(sub.subs.map(([s, after]) => [s, Math.max(after, before.get(s) ?? 0)]));
  state.live = new Set((sub.live ?? []).map(([s, chan]) => `${s}/${chan}`));
  if (state.docs === null) state.docs = documents.cursor(sub.docs, HEADS_AT_FIRST);
  else if (sub.docs > state.docs.rev) state.docs = documents.cursor(sub.docs, HEADS_AT_FIRST);
}

function addPage(parts: HubParts, device: DeviceConnection, message: Extract<DeviceToHub, { t: Page["kind"] }>): void {
  const { state } = device;
  if (state.pages.length >= PAGES_WAITING) throw new AppError("E_RATE");
  switch (message.t) {
    case "pull": {
      const { head } = parts.records.range(message.s);
      if (message.from > head || message.to === 0) {
        return device.say({ t: "err", code: "E_NOT_FOUND", ref: [message.s, message.from] });
      }
      state.pages.push({ kind: "pull", s: message.s, after: Math.max(0, message.from - 1), to: message.to });
      break;
    }
    case "list": {
      const [older] = parts.documents.headsBefore(message.before);
      if (older === undefined) return device.say({ t: "err", code: "E_NOT_FOUND" });
      state.pages.push({ kind: "list", before: message.before, left: message.limit });
      break;
    }
    case "blob":
      state.pages.push({ kind: "blob", bid: message.bid, idx: message.idx });
      break;
    default:
      assertNever(message);
  }
  feed(parts, device);
}
