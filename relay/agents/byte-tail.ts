// The last bytes of a stream that may be endless.

const CONTINUATION_MASK = 0xc0;
const CONTINUATION = 0x80;

/** Keeps at most `maxBytes` of what was pushed, newest last. */
export class ByteTail {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // Joined only at twice the size, so that many small chunks cost one copy each.
    if (this.#bytes > 2 * this.#maxBytes) this.#join();
  }

  /** Invalid UTF-8 becomes U+FFFD; a character cut at the front is dropped. */
  text(): string {
    const tail = this.#join();
    let start = 0;
    if (tail.length === this.#maxBytes) {
      while (start < 3 && ((tail[start] ?? 0) & CONTINUATION_MASK) === CONTINUATION) start += 1;
    }
    return tail.toString("utf8", start);
  }

  #join(): Buffer {
    const tail = Buffer.concat(this.#chunks).subarray(-this.#maxBytes);
    this.#chunks = [tail];
    this.#bytes = tail.length;
    return tail;
  }
}
