// Honest JSON with one of its lists filled up with wrong entries: each may cost a reader an error of its own.
import { textOf } from "./target.ts";

const ENTRIES = ["{}", "0", '"a"'];
/** Entries of one list that are looked into for further lists. */
const LOOKED_INTO = 2;
const MARK = "\u0001list";

type Put = (value: unknown) => unknown;

/** Makers of such inputs, at most one for each place of a list, taken from the first line of each of these. */
export function filledLists(honest: readonly Uint8Array[], maxBytes: number): (() => Uint8Array<ArrayBuffer>)[] {
  const makers = new Map<string, () => Uint8Array<ArrayBuffer>>();
  for (const bytes of honest) {
    for (const { place, put } of lists(readLine(bytes), "", (value) => value)) {
      const frame = JSON.stringify(put(MARK));
      for (const entry of ENTRIES) makers.set(`${place} ${entry}`, () => filled(frame, entry, maxBytes));
    }
  }
  return [...makers.values()];
}

function filled(frame: string, entry: string, maxBytes: number): Uint8Array<ArrayBuffer> {
  const count = Math.max(1, Math.floor((maxBytes - frame.length) / (entry.length + 1)) - 1);
  const text = frame.replace(JSON.stringify(MARK), () => `[${`${entry},`.repeat(count - 1)}${entry}]`);
  return new TextEncoder().encode(`${text}\n`).slice(0, maxBytes);
}

function readLine(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes).split("\n", 1)[0] ?? "");
  } catch {
    return undefined; // no JSON: it has no lists
  }
}

function* lists(value: unknown, place: string, put: Put): Generator<{ readonly place: string; readonly put: Put }> {
  if (Array.isArray(value)) {
    yield { place, put };
    for (const [index, entry] of value.slice(0, LOOKED_INTO).entries()) {
      yield* lists(entry, `${place}[]`, (inner) => put(value.with(index, inner)));
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      yield* lists(entry, `${place}.${key}`, (inner) => put({ ...value, [key]: inner }));
    }
  }
}
