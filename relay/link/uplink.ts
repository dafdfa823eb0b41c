// What goes up: records from the journal by cursor, in a window that the hub's acks open. Holds no record in memory
// beyond what it is handing over; a reconnect only resets cursors.
import {
  IN_FLIGHT_BYTES,
  IN_FLIGHT_FRAMES,
  MESSAGE_BYTES,
  MESSAGE_FRAMES,
  type Bytes,
  type SessionId,
} from "../../schema/index.ts";
import type { SessionLog } from "../journal/ports.ts";

interface Sent {
  readonly seq: number;
  readonly frames: number;
  readonly bytes: number;
}

interface Cursor {
  /** Next seq to send. */
  next: number;
  /** Sent and not acknowledged, oldest first. */
  flight: Sent[];
}

const PREFIX_BYTES = 4;

/** The upward cursors of one connection. Make a new one per connection. */
export class Uplink {
  readonly #log: SessionLog;
  readonly #cursors = new Map<SessionId, Cursor>();
  /** Sessions that may have records to send, in turn. */
  readonly #ready = new Set<SessionId>();
  #frames = 0;
  #bytes = 0;

  constructor(log: SessionLog) {
    this.#log = log;
  }

  /** The hub holds the session up to `seq`: send what follows. */
  start(session: SessionId, seq: number): void {
    this.#forget(session);
    this.#cursors.set(session, { next: seq + 1, flight: [] });
    this.#ready.add(session);
  }

  /** The session grew. One that was not compared with the hub cannot grow, unless it was created since: it starts at 1. */
  grew(session: SessionId): void {
    if (this.#cursors.has(session)) this.#ready.add(session);
    else this.start(session, 0);
  }

  /** Cumulative: the hub stored everything up to `seq`. */
  acked(session: SessionId, seq: number): void {
    const cursor = this.#cursors.get(session);
    if (cursor === undefined) return;
    while (cursor.flight[0] !== undefined && cursor.flight[0].seq <= seq) {
      const done = cursor.flight.shift();
      if (done === undefined) break;
      this.#frames -= done.frames;
      this.#bytes -= done.bytes;
    }
    if (cursor.next <= seq) cursor.next = seq + 1;
  }

  /** The hub expects `seq`: go back there. */
  needs(session: SessionId, seq: number): void {
    if (this.#cursors.has(session)) this.start(session, seq - 1);
  }

  /** The hub has no room for the session: nothing of it is sent, and its flight frees the window, until `start`. */
  hold(session: SessionId): void {
    this.#forget(session);
    this.#cursors.set(session, { next: Number.MAX_SAFE_INTEGER, flight: [] });
    this.#ready.delete(session);
  }

  /** Frames for the next message, as much as the window allows; empty when there is nothing to send or it is shut. */
  take(): Bytes[] {
    const message: Bytes[] = [];
    let size = 0;
    for (const session of [...this.#ready]) {
      const room = { frames: this.#frameRoom(message.length), bytes: this.#byteRoom(size) };
      if (room.frames <= 0 || room.bytes <= 0) break;
      const added = this.#takeFrom(session, message, room);
      size += added;
    }
    return message;
  }

  /** Unacknowledged frames and bytes, for tests and diagnosis. */
  inFlight(): { readonly frames: number; readonly bytes: number } {
    return { frames: this.#frames, bytes: this.#bytes };
  }

  #frameRoom(taken: number): number {
    return Math.min(IN_FLIGHT_FRAMES - this.#frames, MESSAGE_FRAMES - taken);
  }

  #byteRoom(taken: number): number {
    return Math.min(IN_FLIGHT_BYTES - this.#bytes, MESSAGE_BYTES - taken);
  }

  #takeFrom(session: SessionId, message: Bytes[], room: { frames: number; bytes: number }): number {
    const cursor = this.#cursors.get(session);
    if (cursor === undefined) return 0;
    const records = this.#log.read(session, cursor.next, { maxBytes: room.bytes, maxRecords: room.frames });
    let size = 0;
    let frames = 0;
    for (const record of records) {
      const parts = [...record.blobs, record.frame];
      const bytes = parts.reduce((sum, part) => sum + part.length + PREFIX_BYTES, 0);
      const alone = message.length === 0 && this.#frames === 0;
      // One record with its blobs may exceed the window; alone it goes all the same, or it never would.
      if (!alone && (size + bytes > room.bytes || frames + parts.length > room.frames)) return size;
      message.push(...parts);
      cursor.flight.push({ seq: record.seq, frames: parts.length, bytes });
      cursor.next = record.seq + 1;
      this.#frames += parts.length;
      this.#bytes += bytes;
      size += bytes;
      frames += parts.length;
    }
    const head = this.#log.head(session);
    this.#ready.delete(session);
    // To the back of the line: a flood in one session must not starve the others.
    if (head !== null && cursor.next <= head.seq) this.#ready.add(session);
    return size;
  }

  #forget(session: SessionId): void {
    for (const sent of this.#cursors.get(session)?.flight ?? []) {
      this.#frames -= sent.frames;
      this.#bytes -= sent.bytes;
    }
  }
}
