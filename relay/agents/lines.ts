// Turns the bytes of a pipe into lines, and holds those the reader has not taken yet. Knows nothing of processes.
import { AppError } from "../../schema/index.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Cuts bytes at newlines, in time linear in the bytes. Invalid UTF-8 becomes U+FFFD, a trailing carriage return is
 * dropped, a last line without newline counts. Throws E_AGENT once a line exceeds `maxBytes`; it is unusable then.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #partBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end === -1) break;
      // Most lines lie in one chunk: then nothing is held for them.
      if (this.#partBytes === 0 && end - start <= this.#maxBytes) lines.push(lineOf(chunk, start, end));
      else {
        this.#keep(chunk.subarray(start, end));
        lines.push(this.#take());
      }
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The last line, when it had no newline. */
  finish(): string | undefined {
    return this.#partBytes > 0 ? this.#take() : undefined;
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxBytes) {
      this.#parts = [];
      throw new AppError("E_AGENT", { reason: "line-too-long", limitBytes: this.#maxBytes });
    }
    this.#parts.push(part);
  }

  #take(): string {
    const [first, ...more] = this.#parts;
    const bytes = first !== undefined && more.length === 0 ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partBytes = 0;
    return lineOf(bytes, 0, bytes.length);
  }
}

function lineOf(bytes: Buffer, start: number, end: number): string {
  const last = bytes[end - 1] === CARRIAGE_RETURN && end > start ? end - 1 : end;
  return last === start ? "" : bytes.toString("utf8", start, last);
}

/** Why nothing more comes: the end, or a failure that the reader is to see. */
interface Over {
  readonly error?: Error;
}

interface QueueOptions {
  readonly maxBytes: number;
  /** UTF-16 units of waiting lines from which `push` asks to stop. */
  readonly aheadChars: number;
  /** Called when the reader has caught up after `push` returned false. */
  readonly onRoom: () => void;
}

/** Lines on their way to one reader. What was pushed before `end` or a failure is still read, in order. */
export class LineQueue implements AsyncIterable<string> {
  readonly #options: QueueOptions;
  readonly #splitter: LineSplitter;
  #lines: string[] = [];
  #head = 0;
  #waiting = 0;
  #full = false;
  #over: Over | undefined;
  #wake: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#splitter = new LineSplitter(options.maxBytes);
  }

  /** False when the source should pause until `onRoom`. Never throws: a line that is too long fails the reader instead. */
  push(chunk: Buffer): boolean {
    if (this.#over !== undefined) return true;
    try {
      for (const line of this.#splitter.push(chunk)) this.#add(line);
    } catch (error) {
      this.#finish({ error: error instanceof Error ? error : new Error(String(error)) });
      return true;
    }
    this.#full = this.#waiting >= this.#options.aheadChars;
    this.#wake?.();
    return !this.#full;
  }

  end(): void {
    if (this.#over !== undefined) return;
    const last = this.#splitter.finish();
    if (last !== undefined) this.#add(last);
    this.#finish({});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const line = this.#lines[this.#head];
      if (line !== undefined) {
        this.#advance(line);
        yield line;
      } else if (this.#over !== undefined) {
        if (this.#over.error !== undefined) throw this.#over.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#waiting += line.length;
  }

  #advance(line: string): void {
    this.#head += 1;
    this.#waiting -= line.length;
    if (this.#head === this.#lines.length) {
      this.#lines = [];
      this.#head = 0;
    }
    if (this.#full && this.#waiting < this.#options.aheadChars) {
      this.#full = false;
      this.#options.onRoom();
    }
  }

  #finish(over: Over): void {
    this.#over = over;
    this.#wake?.();
  }
}
