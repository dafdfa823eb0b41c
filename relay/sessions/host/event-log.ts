// The append-only log of one session host: every event of its agent, one line of JSON each, in files of SEGMENT_BYTES. An
// event's offset is the count of bytes up to its end. What a kill cut off in the middle of a line was never an event. What
// a full disk does not take waits in memory.
import { closeSync, openSync, readdirSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LineSplitter } from "../../agents/lines.ts";
import { HOST_LINE_BYTES, SEGMENT_BYTES } from "./host-limits.ts";

const NAME = /^events-(\d{16})$/;
const READ_BYTES = 256 * 1024;

/** A line of the log, and the offset of its end. */
export interface LoggedLine {
  readonly at: number;
  readonly line: string;
}

/** A log's own means; a test has others. */
export interface EventLogOptions {
  readonly segmentBytes?: number;
  /** Writes from an offset of `bytes` on; answers how many it wrote. Throws ENOSPC or EDQUOT on a full disk. */
  readonly write?: (file: number, bytes: Uint8Array, from: number) => number;
}

/** Writes the log; made by the host, which owns the folder. */
export class EventLog {
  readonly #dir: string;
  readonly #segmentBytes: number;
  readonly #write: (file: number, bytes: Uint8Array, from: number) => number;
  /** Lines that are not written yet, and how far the first of them is. */
  readonly #unwritten: Buffer[] = [];
  #written = 0;
  /** Offsets at which the kept files begin; the last one is being written. */
  #starts: readonly number[] = [];
  #file = -1;
  #end = 0;
  #wakers: (() => void)[] = [];

  /** A new log in an empty folder. */
  constructor(dir: string, { segmentBytes = SEGMENT_BYTES, write = writeSync }: EventLogOptions = {}) {
    this.#dir = dir;
    this.#segmentBytes = segmentBytes;
    this.#write = write;
    this.#open();
  }

  /** Offset of the end. */
  get end(): number {
    return this.#end;
  }

  /** The disk is full: lines wait in memory until a `flush` finds room for them. */
  get isFull(): boolean {
    return this.#unwritten.length > 0;
  }

  /** Writes one line; the kernel has it when this returns, so a kill of the host loses nothing. False on a full disk. */
  append(line: string): boolean {
    this.#unwritten.push(Buffer.from(`${line}\n`));
    return this.flush();
  }

  /** Writes what waits; false while the disk has no room for all of it. */
  flush(): boolean {
    const before = this.#end;
    try {
      for (let [bytes] = this.#unwritten; bytes !== undefined; [bytes] = this.#unwritten) {
        if (this.#end - (this.#starts.at(-1) ?? 0) >= this.#segmentBytes) this.#open();
        while (this.#written < bytes.length) this.#written += this.#write(this.#file, bytes, this.#written);
        this.#unwritten.shift();
        this.#written = 0;
        this.#end += bytes.length;
      }
    } catch (error) {
      if (!isFullDisk(error)) throw error;
    }
    if (this.#end > before) for (const wake of this.#wakers.splice(0)) wake();
    return !this.isFull;
  }

  /** Everything after offset `from`, then whatever comes, until `signal` aborts. */
  async *follow(from: number, signal: AbortSignal): AsyncGenerator<LoggedLine, void, undefined> {
    const reader = new LogReader(this.#dir, from, () => this.#starts);
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    try {
      while (!signal.aborted) {
        const lines = reader.read();
        yield* lines;
        if (lines.length > 0) continue;
        await Promise.race([aborted, new Promise<void>((resolve) => this.#wakers.push(resolve))]);
      }
    } finally {
      reader.close();
    }
  }

  /** Deletes files that end at or before `at`. */
  prune(at: number): void {
    for (;;) {
      const [first, second, ...more] = this.#starts;
      if (first === undefined || second === undefined || second > at) return;
      unlinkSync(join(this.#dir, fileName(first)));
      this.#starts = [second, ...more];
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #open(): void {
    const file = openSync(join(this.#dir, fileName(this.#end)), "ax", 0o600);
    if (this.#file !== -1) closeSync(this.#file);
    this.#file = file;
    this.#starts = [...this.#starts, this.#end];
  }
}

function isFullDisk(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** The whole lines after offset `from` of a log that nobody writes any more. */
export function* readLog(dir: string, from: number): Generator<LoggedLine, void, undefined> {
  const starts = readdirSync(dir)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const reader = new LogReader(dir, from, () => starts);
  try {
    for (let lines = reader.read(); lines.length > 0; lines = reader.read()) yield* lines;
  } finally {
    reader.close();
  }
}

/** One way through the files. */
class LogReader {
  readonly #dir: string;
  readonly #starts: () => readonly number[];
  readonly #splitter = new LineSplitter(HOST_LINE_BYTES);
  readonly #buffer = Buffer.alloc(READ_BYTES);
  #file: { readonly fd: number; readonly start: number } | null = null;
  /** Offset of the next byte to read, and of the end of the newest line given. */
  #offset: number;
  #at: number;

  constructor(dir: string, from: number, starts: () => readonly number[]) {
    this.#dir = dir;
    this.#starts = starts;
    // What was pruned was taken: nobody asks for it but a relay that has not said so yet.
    this.#offset = Math.max(from, starts()[0] ?? 0);
    this.#at = this.#offset;
  }

  /** The lines of the next piece; none at the end. */
  read(): LoggedLine[] {
    for (;;) {
      const bytes = this.#piece();
      if (bytes.length === 0) return [];
      const lines = this.#splitter.push(bytes).map((line) => {
        this.#at += Buffer.byteLength(line) + 1;
        return { at: this.#at, line };
      });
      if (lines.length > 0) return lines;
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file.fd);
    this.#file = null;
  }

  #piece(): Buffer {
    const start = this.#starts().findLast((each) => each <= this.#offset);
    if (start === undefined) return Buffer.alloc(0);
    if (this.#file?.start !== start) {
      this.close();
      this.#file = { fd: openSync(join(this.#dir, fileName(start)), "r"), start };
    }
    const count = readSync(this.#file.fd, this.#buffer, 0, READ_BYTES, this.#offset - start);
    this.#offset += count;
    // A copy: the splitter keeps the beginning of a line until its end comes.
    return Buffer.from(this.#buffer.subarray(0, count));
  }
}

function fileName(start: number): string {
  return `events-${String(start).padStart(16, "0")}`;
}
