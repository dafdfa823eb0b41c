// Looks for words in the memory of another process of this user (Linux, needs the right to trace it).
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const CHUNK_BYTES = 4 * 1024 * 1024;
/** A word may lie across two reads. */
const OVERLAP_BYTES = 256;

/** Which words, as UTF-8 or UTF-16, are in writable memory, and how many bytes were looked at. */
export function memoryHas(pid: number, words: readonly string[]): { readonly found: readonly string[]; bytes: number } {
  const regions = readFileSync(`/proc/${pid}/maps`, "latin1")
    .split("\n")
    .flatMap((line) => {
      const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      return match === null
        ? []
        : [[Number.parseInt(match[1] ?? "0", 16), Number.parseInt(match[2] ?? "0", 16)] as const];
    });
  const found = new Set<string>();
  let bytes = 0;
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (const [from, to] of regions) {
      for (let at = from; at < to; at += CHUNK_BYTES - OVERLAP_BYTES) {
        const read = tryRead(memory, chunk, Math.min(CHUNK_BYTES, to - at), at);
        bytes += read;
        const seen = chunk.subarray(0, read);
        for (const word of words) {
          if (seen.includes(word, 0, "utf8") || seen.includes(word, 0, "utf16le")) found.add(word);
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  return { found: [...found], bytes };
}

function tryRead(memory: number, chunk: Buffer, length: number, at: number): number {
  try {
    return readSync(memory, chunk, 0, length, at);
  } catch {
    return 0; // reserved but not there, or unmapped meanwhile
  }
}
