// A relay's binary message: everything in it is stored in one transaction, acknowledged once, and then passed on.
import {
  AppError,
  assertNever,
  isAppError,
  parseFrame,
  QUOTA_RETRY_MS,
  unpackMessage,
  type AnyFrame,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import type { RelayConnection } from "./connections.ts";
import { fanOut } from "./fan-out.ts";
import type { HubParts } from "./hub-parts.ts";
import { AppendBatch } from "./record-log.ts";
import { dropSilentWatchers } from "./watch.ts";

/** What one message came to. */
interface Outcome {
  /** Newly stored, or only passing, in order. */
  readonly fresh: AnyFrame[];
  /** Sessions whose records were stored or known, with their heads. */
  readonly acked: Map<SessionId, number>;
  /** Sessions with a gap before what came, with their next seq. */
  readonly needed: Map<SessionId, number>;
  hasDocs: boolean;
  /** The first record that found no room. */
  refused: [SessionId, number] | null;
}

/** Takes a message apart; E_FRAME or E_SIZE for what no relay of this machine may send. Nothing is stored then. */
export function parseRelayMessage(relay: RelayConnection, message: Bytes): AnyFrame[] {
  return unpackMessage(message).map((bytes) => {
    const frame = parseFrame(bytes);
    switch (frame.name) {
      case "EVT":
      case "DOC":
      case "KEYRING":
      case "BLOB":
      case "RES":
      case "BEACON":
      case "LIVE":
        if (frame.header.m !== relay.state.m) throw new AppError("E_FRAME", { reason: "another machine's frame" });
        return frame;
      case "PAIR2":
      case "PAIR4":
        return frame;
      default:
        throw new AppError("E_FRAME", { reason: "not a relay's frame" });
    }
  });
}

/** Stores, acknowledges, passes on. E_FORK, with nothing of the message stored, when a seq has other bytes already. */
export function takeRelayFrames(parts: HubParts, relay: RelayConnection, frames: readonly AnyFrame[]): void {
  const outcome = parts.storage.transactionSync(() => store(parts, frames));
  answer(parts, relay, outcome);
  if (outcome.fresh.some((frame) => frame.name === "BEACON")) dropSilentWatchers(parts);
  fanOut(parts, outcome.fresh);
}

function store(parts: HubParts, frames: readonly AnyFrame[]): Outcome {
  const outcome: Outcome = { fresh: [], acked: new Map(), needed: new Map(), hasDocs: false, refused: null };
  const hasRoom = parts.retention.makeRoom();
  const batch = new AppendBatch(parts.storage.sql);
  for (const frame of frames) {
    if (storeOne(parts, batch, frame, hasRoom, outcome)) outcome.fresh.push(frame);
  }
  batch.finish();
  return outcome;
}

/** True when devices should see the frame. */
function storeOne(
  { documents, keyrings, blobs }: HubParts,
  batch: AppendBatch,
  frame: AnyFrame,
  hasRoom: boolean,
  outcome: Outcome,
): boolean {
  switch (frame.name) {
    case "EVT": {
      const { session, seq } = frame.header;
      if (!hasRoom && seq > batch.head(session)) {
        outcome.refused ??= [session, seq];
        return false;
      }
      const appended = append(batch, frame);
      if (appended === "full") outcome.refused ??= [session, seq];
      else if (appended === "gap") outcome.needed.set(session, batch.head(session) + 1);
      else outcome.acked.set(session, batch.head(session));
      return appended === "stored";
    }
    case "BLOB":
      if (hasRoom) blobs.put(frame, batch.head(frame.header.session) + 1);
      return false;
    case "DOC":
      outcome.hasDocs = true;
      return documents.put(frame);
    case "KEYRING":
      return keyrings.put(frame);
    case "RES":
    case "BEACON":
    case "LIVE":
      return true;
    case "PAIR2":
    case "PAIR4":
      return false;
    case "CMD":
    case "SHARE":
    case "HOOK":
    case "PAIR1":
    case "PAIR3":
      throw new AppError("E_FRAME", { reason: "not a relay's frame" });
    default:
      return assertNever(frame);
  }
}

function append(batch: AppendBatch, frame: Extract<AnyFrame, { name: "EVT" }>) {
  try {
    return batch.append(frame);
  } catch (error) {
    if (!isAppError(error, "E_FORK")) throw error;
    throw new ForkError([frame.header.session, frame.header.seq], { cause: error });
  }
}

/** E_FORK that says where. */
export class ForkError extends AppError {
  readonly at: [SessionId, number];

  constructor(at: [SessionId, number], options?: ErrorOptions) {
    super("E_FORK", {}, options);
    this.at = at;
  }
}

function answer({ documents }: HubParts, relay: RelayConnection, outcome: Outcome): void {
  for (const [s, q] of outcome.needed) relay.say({ t: "need", s, q });
  if (outcome.acked.size > 0 || outcome.hasDocs) {
    const docs = outcome.hasDocs ? { docs: documents.newestRev() } : {};
    relay.say({ t: "ack", list: [...outcome.acked], ...docs });
  }
  if (outcome.refused !== null) {
    relay.say({ t: "err", code: "E_QUOTA", ref: outcome.refused, retryMs: QUOTA_RETRY_MS });
  }
}
