// Changes to bytes that know nothing of what they mean.
import type { Bytes } from "../../../schema/index.ts";
import type { Chance } from "./chance.ts";
import { HOSTILE_PIECES } from "./hostile.ts";
import { bytesOf } from "./target.ts";

const PIECES: readonly Bytes[] = HOSTILE_PIECES.map(bytesOf);
const LENGTHS: readonly number[] = [0, 1, 2, 255, 256, 65_535, 65_536, 262_144, 262_145, 0x7fff_ffff, 0xffff_ffff];

/** What a change may draw on besides the bytes themselves. */
export interface MutationSource {
  readonly chance: Chance;
  /** Another entry of the corpus. */
  readonly other: () => Bytes;
  readonly tokens: readonly Bytes[];
  readonly maxBytes: number;
}

type Mutation = (bytes: Bytes, source: MutationSource) => Bytes;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  remove,
  insert,
  duplicate,
  splice,
  lieAboutLength,
  insertPiece,
  truncate,
  repeat,
];

/** One change. */
export function mutateBytes(bytes: Bytes, source: MutationSource): Bytes {
  return source.chance.pick(MUTATIONS)(bytes, source);
}

function flipBit(bytes: Bytes, { chance }: MutationSource): Bytes {
  if (bytes.length === 0) return bytes;
  const changed = bytes.slice();
  const at = chance.below(bytes.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8));
  return changed;
}

function setByte(bytes: Bytes, { chance }: MutationSource): Bytes {
  if (bytes.length === 0) return bytes;
  const changed = bytes.slice();
  changed[chance.below(bytes.length)] = chance.pick([0, 1, 0x0a, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0xc0, 0xff]);
  return changed;
}

function remove(bytes: Bytes, { chance }: MutationSource): Bytes {
  const from = chance.below(bytes.length + 1);
  return replaced(bytes, from, from + 1 + chance.below(chance.oneIn(4) ? bytes.length + 1 : 4), new Uint8Array(0));
}

function insert(bytes: Bytes, { chance }: MutationSource): Bytes {
  const at = chance.below(bytes.length + 1);
  return replaced(
    bytes,
    at,
    at,
    Uint8Array.from({ length: 1 + chance.below(4) }, () => chance.below(256)),
  );
}

function duplicate(bytes: Bytes, { chance }: MutationSource): Bytes {
  const from = chance.below(bytes.length + 1);
  const to = Math.min(bytes.length, from + 1 + chance.below(64));
  return replaced(bytes, to, to, bytes.slice(from, to));
}

function splice(bytes: Bytes, { chance, other }: MutationSource): Bytes {
  const from = chance.below(bytes.length + 1);
  const others = other();
  return replaced(bytes, from, bytes.length, others.slice(chance.below(others.length + 1)));
}

function lieAboutLength(bytes: Bytes, { chance }: MutationSource): Bytes {
  if (bytes.length < 4) return bytes;
  const changed = bytes.slice();
  // Lengths stand in front more often than elsewhere.
  const at = chance.oneIn(2) ? 0 : chance.below(bytes.length - 3);
  const near = [bytes.length, bytes.length - 4, bytes.length - 3, bytes.length + 1];
  new DataView(changed.buffer).setUint32(at, chance.oneIn(3) ? chance.pick(near) >>> 0 : chance.pick(LENGTHS));
  return changed;
}

function insertPiece(bytes: Bytes, { chance, tokens }: MutationSource): Bytes {
  const at = chance.below(bytes.length + 1);
  const piece = tokens.length > 0 && chance.oneIn(2) ? chance.pick(tokens) : chance.pick(PIECES);
  return replaced(bytes, at, at + (chance.oneIn(2) ? 0 : piece.length), piece);
}

function truncate(bytes: Bytes, { chance }: MutationSource): Bytes {
  return bytes.slice(0, chance.below(bytes.length + 1));
}

function repeat(bytes: Bytes, { chance, maxBytes }: MutationSource): Bytes {
  const from = chance.below(bytes.length + 1);
  const part = bytes.slice(from, from + 1 + chance.below(16));
  if (part.length === 0) return bytes;
  const most = Math.min(maxBytes, chance.oneIn(200) ? maxBytes : 2_048);
  const times = 1 + chance.below(Math.max(1, Math.floor(most / part.length)));
  const run = new Uint8Array(part.length * times);
  for (let at = 0; at < run.length; at += part.length) run.set(part, at);
  return replaced(bytes, from, from, run);
}

function replaced(bytes: Bytes, from: number, to: number, by: Uint8Array): Bytes {
  const end = Math.min(to, bytes.length);
  const whole = new Uint8Array(from + by.length + bytes.length - end);
  whole.set(bytes.subarray(0, from));
  whole.set(by, from);
  whole.set(bytes.subarray(end), from + by.length);
  return whole;
}
