// Brings a device up to date from SQLite, as far as its window allows. Nothing waits in memory: what does not fit now is
// read again when the device reports what it has stored.
import {
  assertNever,
  FIRST_PAGE_BYTES,
  MESSAGE_FRAMES,
  packMessage,
  WINDOW_BYTES,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import type { DeviceConnection } from "./connections.ts";
import type { HubParts } from "./hub-parts.ts";
import type { DeviceState, Page } from "./socket-state.ts";
import { inFlight, PREFIX_BYTES, room } from "./window.ts";

type Reads = Pick<HubParts, "records" | "documents" | "blobs">;

/** One frame a source offers, and how to note that it was sent. */
interface Offer {
  readonly frame: Bytes;
  readonly sent: () => void;
}

/** `blocked`: more is there, but the window is full. */
type Taken = { readonly frames: Bytes[]; readonly blocked: boolean };

/**
 * Sends what the device lacks, one source after another in turn, until it has all (`behind` is then false) or its window
 * is full (`behind` is then true). `firstBytes` bounds the first message.
 */
export function feed(parts: Reads, device: DeviceConnection, firstBytes = WINDOW_BYTES): void {
  const { state } = device;
  let pageBytes = firstBytes;
  let idle = 0;
  device.touch();
  for (;;) {
    const sources = sourcesOf(parts, device);
    if (idle >= sources.length) {
      state.behind = false;
      return;
    }
    const source = sources[state.turn % sources.length];
    const taken = take(source?.() ?? [], pageBytes, state);
    if (taken.frames.length > 0) {
      sendFrames(device, taken.frames);
      pageBytes = WINDOW_BYTES;
      idle = 0;
    } else if (taken.blocked) {
      state.behind = true;
      return;
    } else {
      idle += 1;
    }
    state.turn = (state.turn + 1) % sources.length;
  }
}

/** What a subscription starts with. */
export function feedFirst(parts: Reads, device: DeviceConnection): void {
  feed(parts, device, FIRST_PAGE_BYTES);
}

/** Packs and sends frames, and counts them. */
export function sendFrames(device: DeviceConnection, frames: readonly Bytes[]): void {
  const message = packMessage(frames);
  device.state.sent += message.length;
  device.touch();
  device.send(message);
}

function take(offers: Iterable<Offer>, pageBytes: number, state: DeviceState): Taken {
  const [roomBytes, isIdle] = [room(state), inFlight(state) === 0];
  const frames: Bytes[] = [];
  let size = 0;
  for (const { frame, sent } of offers) {
    size += frame.length + PREFIX_BYTES;
    // A page smaller than its first frame still sends that frame, as long as the window holds it; with nothing under way
    // also one that is larger than a fresh connection's window: the device has nothing to report that would open it.
    const isFirst = frames.length === 0;
    const isPageFull = !isFirst && (size > pageBytes || frames.length === MESSAGE_FRAMES);
    if (isPageFull || (size > roomBytes && !(isFirst && isIdle))) return { frames, blocked: true };
    frames.push(frame);
    sent();
  }
  return { frames, blocked: false };
}

function sourcesOf(parts: Reads, device: DeviceConnection): (() => Iterable<Offer>)[] {
  const { state } = device;
  return [
    () => documentOffers(parts, state),
    ...[...state.subs.keys()].map((s) => () => recordOffers(parts, device, s)),
    ...state.pages.map((page) => () => pageOffers(parts, device, page)),
  ];
}

function* documentOffers({ documents }: Reads, { docs }: DeviceState): Generator<Offer> {
  if (docs === null) return;
  for (const { rev, frame } of documents.readAfter({ ...docs })) {
    yield { frame, sent: () => void (docs.rev = rev) };
  }
}

function* recordOffers({ records }: Reads, device: DeviceConnection, s: SessionId): Generator<Offer> {
  const { subs } = device.state;
  const after = aboveFloor({ records }, device, s, subs.get(s) ?? 0);
  subs.set(s, after);
  for (const { q, frame } of records.read(s, after, Number.MAX_SAFE_INTEGER)) {
    yield { frame, sent: () => void subs.set(s, q) };
  }
}

/** Below the floor nothing is stored any more: the device learns it and asks the relay. */
function aboveFloor(
  { records }: Pick<Reads, "records">,
  device: DeviceConnection,
  s: SessionId,
  after: number,
): number {
  const { floor } = records.range(s);
  if (after >= floor) return after;
  device.say({ t: "floor", s, q: floor });
  return floor;
}

function* pageOffers(parts: Reads, device: DeviceConnection, page: Page): Generator<Offer> {
  switch (page.kind) {
    case "pull":
      page.after = aboveFloor(parts, device, page.s, page.after);
      for (const { q, frame } of parts.records.read(page.s, page.after, page.to)) {
        yield { frame, sent: () => void (page.after = q) };
      }
      break;
    case "list":
      for (const { rev, frame } of parts.documents.headsBefore(page.before)) {
        if (page.left === 0) break;
        yield { frame, sent: () => void (page.left--, (page.before = rev)) };
      }
      break;
    case "blob": {
      const frame = parts.blobs.get(page.bid, page.idx);
      if (frame === null) device.say({ t: "err", code: "E_EVICTED", ref: page.bid });
      else yield { frame, sent: () => undefined };
      break;
    }
    default:
      assertNever(page);
  }
  // Reached only when the reader took everything: a page is asked for once and answered once.
  device.state.pages = device.state.pages.filter((each) => each !== page);
}
