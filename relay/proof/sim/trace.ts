// What happened, as a hash, and line by line when somebody wants to read it.
import { createHash } from "node:crypto";

export class Trace {
  readonly #hash = createHash("sha256");
  readonly #print: ((line: string) => void) | null;

  constructor(print: ((line: string) => void) | null) {
    this.#print = print;
  }

  /** One event of the schedule. */
  step(step: number, at: number, label: string): void {
    this.#line(`${step} ${at} ${label}`);
  }

  /** Something that happened within a step. */
  note(text: string): void {
    this.#line(`  ${text}`);
  }

  /** Bytes that were sent: part of the hash, too long to read. */
  bytes(label: string, bytes: Uint8Array | string): void {
    this.#hash.update(label).update(bytes);
    this.#print?.(`  ${label}: ${typeof bytes === "string" ? bytes.slice(0, 300) : `${bytes.length} bytes`}`);
  }

  /** Of everything so far. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  #line(text: string): void {
    this.#hash.update(text).update("\n");
    this.#print?.(text);
  }
}
