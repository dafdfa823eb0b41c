// When a session's head document is written: at once when its state or waits change, else at most every HEAD_EVERY_MS.
import type { HeadDoc } from "../../schema/index.ts";
import type { Clock } from "../clock.ts";
import { HEAD_EVERY_MS } from "./session-limits.ts";

export interface HeadPublisherOptions {
  readonly clock: Clock;
  /** How the head is now. */
  readonly read: () => HeadDoc;
  /** Commits it; a rejection is the storage's. */
  readonly put: (head: HeadDoc) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** One session's head. Never two writes at a time; the newest state is always written in the end. */
export class HeadPublisher {
  readonly #options: HeadPublisherOptions;
  #isDirty = false;
  #writing: Promise<void> | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: HeadPublisherOptions) {
    this.#options = options;
  }

  /** Words or counts changed: soon. */
  touch(): void {
    this.#isDirty = true;
    if (this.#cancel !== undefined || this.#writing !== undefined) return;
    const { clock } = this.#options;
    const waitMs = this.#lastAt + HEAD_EVERY_MS - clock.monotonic();
    if (waitMs <= 0) void this.now();
    else this.#cancel = clock.setTimer(() => void this.now(), waitMs);
  }

  /** State or waits changed. Resolves once a head at least as new as this moment is committed (or failed). */
  async now(): Promise<void> {
    this.#isDirty = true;
    this.#cancel?.();
    this.#cancel = undefined;
    while (this.#writing !== undefined) await this.#writing;
    if (!this.#isDirty) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#isDirty) this.touch();
    });
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { clock, read, put, onError } = this.#options;
    this.#isDirty = false;
    this.#lastAt = clock.monotonic();
    try {
      await put(read());
    } catch (error) {
      onError(error);
    }
  }
}
