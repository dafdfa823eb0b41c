// Changes to JSON that leave it JSON: another type, a key less or more, a value from elsewhere, nesting, swelling. Works
// on one line of the input, behind at most one leading byte (a plaintext's codec).
import type { Bytes } from "../../../schema/index.ts";
import type { Chance } from "./chance.ts";
import { HOSTILE_KEYS, HOSTILE_PIECES, HOSTILE_VALUES } from "./hostile.ts";
import type { MutationSource } from "./mutate-bytes.ts";
import { bytesOf, textOf } from "./target.ts";

/** A larger text is only changed byte by byte: parsing it again and again would cost more than it finds. */
const MAX_JSON_CHARS = 16 * 1024;
const LINE_FEED = 0x0a;
/** Stands for raw JSON text, put in after the rest was written; nothing else may hold it. */
const RAW = "\u0001raw:";

/** A value that can be changed in place. */
type Branch = unknown[] | Record<string, unknown>;

/** One change, or null where there is no JSON that can be read. */
export function mutateJson(bytes: Bytes, source: MutationSource): Bytes | null {
  const [from, to] = pickLine(bytes, source.chance);
  const first = bytes[from];
  const start = first !== undefined && first < 0x09 ? from + 1 : from;
  if (to - start > MAX_JSON_CHARS) return null;
  const root = readJson(textOf(bytes.subarray(start, to)));
  if (root === undefined) return null;
  const raws: string[] = [];
  const raw = (text: string): string => `${RAW}${raws.push(text) - 1}`;
  const holder: unknown[] = [root];
  const written = refusingDepth(() => {
    changeOne(holder, source, raw);
    return writeJson(holder[0], raws);
  });
  if (written === null) return null;
  return join(bytes.subarray(0, start), bytesOf(written), bytes.subarray(to));
}

function pickLine(bytes: Bytes, chance: Chance): readonly [number, number] {
  const near = chance.below(bytes.length + 1);
  const from = bytes.lastIndexOf(LINE_FEED, Math.max(0, near - 1)) + 1;
  const end = bytes.indexOf(LINE_FEED, from);
  return [from, end === -1 ? bytes.length : end];
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Most inputs are no JSON, or no more: then only bytes are changed.
    return undefined;
  }
}

// Names of own keys cannot be set to "__proto__" by assignment either; it is written like every raw text.
function writeJson(root: unknown, raws: readonly string[]): string {
  return (JSON.stringify(root) ?? "null").replaceAll(/"\\u0001raw:(\d+)"/g, (_, at: string) => raws[Number(at)] ?? "0");
}

/** Null for what is nested deeper than JSON.stringify goes: it is changed by bytes only. */
function refusingDepth(write: () => string): string | null {
  try {
    return write();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

type Raw = (text: string) => string;

function changeOne(holder: unknown[], source: MutationSource, raw: Raw): void {
  const { chance } = source;
  const places: { readonly of: Branch; readonly key: string }[] = [];
  collect(holder, places, 0);
  const { of, key } = chance.pick(places);
  const value: unknown = Reflect.get(of, key);
  switch (chance.below(9)) {
    case 0:
      return set(of, key, raw(chance.pick(HOSTILE_VALUES)));
    case 1:
      if (Array.isArray(of) && of !== holder) of.splice(Number(key), 1);
      else if (of !== holder) Reflect.deleteProperty(of, key);
      return;
    case 2: {
      const from = chance.pick(places);
      return set(of, key, raw(JSON.stringify(Reflect.get(from.of, from.key)) ?? "null"));
    }
    case 3:
      return set(of, key, raw(nest(chance, value)));
    case 4:
      return addKey(value, chance, raw);
    case 5:
      return set(of, key, raw(swell(source, value)));
    case 6:
      return set(
        of,
        key,
        typeof value === "string" ? spoiled(value, source) : raw(JSON.stringify(JSON.stringify(value) ?? "")),
      );
    case 7:
      return set(
        of,
        key,
        typeof value === "number"
          ? value + chance.pick([-1, 1, 0.5, 2 ** 53, -(2 ** 31)])
          : chance.pick([0, 1, -1, 200, 2 ** 32]),
      );
    default:
      return set(of, key, Array.isArray(value) ? Object.fromEntries(value.entries()) : [value]);
  }
}

function collect(branch: Branch, places: { of: Branch; key: string }[], depth: number): void {
  for (const key of Object.keys(branch)) {
    places.push({ of: branch, key });
    const value: unknown = Reflect.get(branch, key);
    if (depth < 64 && isBranch(value)) collect(value, places, depth + 1);
  }
}

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null;
}

function set(of: Branch, key: string, value: unknown): void {
  Reflect.set(of, key, value);
}

function nest(chance: Chance, value: unknown): string {
  const depth = chance.oneIn(20) ? chance.pick([5_000, 20_000]) : 1 + chance.below(300);
  const core = JSON.stringify(value) ?? "null";
  const [open, close] = chance.oneIn(2) ? ["[", "]"] : ['{"a":', "}"];
  return open.repeat(depth) + core + close.repeat(depth);
}

function addKey(value: unknown, chance: Chance, raw: Raw): void {
  if (!isBranch(value)) return;
  if (Array.isArray(value)) value.splice(chance.below(value.length + 1), 0, raw(chance.pick(HOSTILE_VALUES)));
  else Object.defineProperty(value, chance.pick(HOSTILE_KEYS), shown(raw(chance.pick(HOSTILE_VALUES))));
}

/** Also "__proto__" becomes a key of its own this way. */
function shown(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}

/** Many of it: entries of a list, letters of a text, keys of an object. */
function swell({ chance, maxBytes }: MutationSource, value: unknown): string {
  const room = chance.oneIn(100) ? maxBytes : Math.min(maxBytes, 1_024);
  const one = JSON.stringify(Array.isArray(value) ? (value[0] ?? null) : value) ?? "null";
  const times = Math.max(1, Math.floor(room / (one.length + 1)));
  if (typeof value === "string")
    return JSON.stringify((value === "" ? chance.pick(HOSTILE_PIECES) : value).repeat(times));
  if (isBranch(value) && !Array.isArray(value)) {
    return `{${Array.from({ length: Math.min(times, 2_000) }, (_, at) => `"k${at}":${one}`).join(",")}}`;
  }
  return `[${Array.from({ length: times }, () => one).join(",")}]`;
}

function spoiled(value: string, { chance }: MutationSource): string {
  const at = chance.below(value.length + 1);
  return value.slice(0, at) + chance.pick(HOSTILE_PIECES) + value.slice(at + chance.below(3));
}

function join(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}
