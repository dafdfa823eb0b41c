// What a hub sends, taken in batches: everything that waits is sorted at once, proven, shown, then stored; only then is
// the window opened again (`got`).
import { GOT_EVERY_BYTES, type Bytes, type Frame, type SessionId } from "../../schema/index.ts";
import type { Clock } from "./clock.ts";
import { sortFrames, type SortedFrames } from "./frame-sorter.ts";

/** A quiet socket reports what it stored after this; a busy one after GOT_EVERY_BYTES. */
const GOT_IDLE_MS = 400;

interface IntakeOptions {
  readonly clock: Clock;
  /** Proves and shows; answers what is left to store. */
  readonly take: (frames: SortedFrames) => Promise<() => Promise<void>>;
  readonly got: (bytes: number) => void;
  /** Storage failed: the frames count as dropped, and the person must know. */
  readonly failed: (error: unknown) => void;
}

/** One per machine; `reset` it for every socket. */
export class Intake {
  readonly #options: IntakeOptions;
  #waiting: Bytes[] = [];
  #isTaking = false;
  /** Bytes of this socket stored or dropped so far, and of them reported. */
  #stored = 0;
  #reported = 0;
  #socket = 0;
  #cancelIdle: (() => void) | null = null;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** A new socket: its bytes count from zero. Messages of the old one that still wait are dropped. */
  reset(): void {
    this.#waiting = [];
    this.#socket += 1;
    this.#stored = 0;
    this.#reported = 0;
    this.#cancelIdle?.();
  }

  receive(message: Bytes): void {
    this.#waiting.push(message);
    if (!this.#isTaking) void this.#takeAll();
  }

  async #takeAll(): Promise<void> {
    this.#isTaking = true;
    let saving: Promise<void> = Promise.resolve();
    while (this.#waiting.length > 0) {
      const messages = this.#waiting.splice(0);
      const socket = this.#socket;
      const bytes = messages.reduce((sum, message) => sum + message.length, 0);
      const save = await this.#take(sortFrames(messages));
      // One batch is stored while the next is proven, never more: the window bounds what waits.
      await saving;
      saving = this.#save(save, bytes, socket);
    }
    await saving;
    this.#isTaking = false;
    if (this.#waiting.length > 0) void this.#takeAll();
  }

  /** A batch that could not be taken counts as dropped: uncounted, it would narrow the hub's window for good. */
  async #take(frames: SortedFrames): Promise<() => Promise<void>> {
    try {
      return await this.#options.take(frames);
    } catch (error) {
      this.#options.failed(error);
      return () => Promise.resolve();
    }
  }

  async #save(save: () => Promise<void>, bytes: number, socket: number): Promise<void> {
    try {
      await save();
    } catch (error) {
      this.#options.failed(error);
    }
    if (socket !== this.#socket) return;
    this.#stored += bytes;
    if (this.#stored - this.#reported >= GOT_EVERY_BYTES) this.#report();
    else this.#whenIdle();
  }

  #whenIdle(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = this.#options.clock.after(GOT_IDLE_MS, () => this.#report());
  }

  #report(): void {
    this.#cancelIdle?.();
    if (this.#stored === this.#reported) return;
    this.#reported = this.#stored;
    this.#options.got(this.#stored);
  }
}

/** Frames of one session that came by another way than the socket, as a batch of their own. */
export function recordBatch(session: SessionId, frames: readonly Frame<"EVT">[]): SortedFrames {
  return {
    keyrings: [],
    documents: [],
    records: new Map([[session, frames]]),
    blobs: [],
    results: [],
    beacons: [],
    dropped: 0,
  };
}
