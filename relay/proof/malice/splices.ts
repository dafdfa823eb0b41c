// Frames altered by somebody without a key: bits turned over, and parts of one put into the place of another's.
import { concat, FRAMES, HASH_BYTES, headerBytes, ID_BYTES, type AnyFrame, type Bytes } from "../../../schema/index.ts";

/** In bodies every so many bits; a prime, so that every bit of a byte has its turn. */
const BODY_STEP_BITS = 61;
const PREFIX_BYTES = 2;
const NUMBER_BYTES: Readonly<Record<string, number>> = { u8: 1, u32: 4, u64: 8, hash: HASH_BYTES };

/** Every frame that differs from this one in one bit: all bits of its header and of its last byte, some of its body. */
export function* bitFlips({ bytes, name }: AnyFrame): Generator<Bytes> {
  const header = headerBytes(name) * 8;
  const tail = (bytes.length - 1) * 8;
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    if (bit >= header && bit < tail && (bit - header) % BODY_STEP_BITS !== 0) continue;
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

/**
 * Every splice of two frames of one kind: each header field that differs put from `b` into `a`; all of the header of `a`
 * over the body of `b`; and, where they are signed, the signature of `b` under `a`.
 */
export function* splices(a: AnyFrame, b: AnyFrame): Generator<Bytes> {
  for (const { from, to } of fieldSpans(a)) {
    const spliced = a.bytes.slice();
    spliced.set(b.bytes.subarray(from, to), from);
    if (!isSame(spliced, a.bytes)) yield spliced;
  }
  yield concat(a.hdr, b.body, b.sig);
  if (a.sig.length > 0) yield concat(a.hdr, a.body, b.sig);
}

function fieldSpans({ name }: AnyFrame): { readonly from: number; readonly to: number }[] {
  let from = PREFIX_BYTES;
  return Object.values<string>(FRAMES[name].fields).map((kind) => {
    const span = { from, to: from + (NUMBER_BYTES[kind] ?? ID_BYTES) };
    from = span.to;
    return span;
  });
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Every ordered pair of different entries. */
export function* pairs<T>(entries: readonly T[]): Generator<readonly [T, T]> {
  for (const a of entries) for (const b of entries) if (a !== b) yield [a, b];
}
