// Honest inputs that are in the repository already: golden frames and control messages, and recordings of real agents.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Bytes, fromB64, z } from "../../../schema/index.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const VECTORS = join(ROOT, "schema", "fixtures", "v1");

const frameVector = z.object({
  name: z.string(),
  header: z.record(z.string(), z.union([z.string(), z.number()])),
  key: z.string(),
  plaintext: z.string(),
  frame: z.string(),
});
/** A golden frame: its bytes, what it holds, and the key it was sealed with. */
export interface FrameVector {
  readonly name: string;
  readonly header: Readonly<Record<string, string | number>>;
  readonly key: Bytes;
  readonly plaintext: Bytes;
  readonly frame: Bytes;
}

/** Every golden frame. */
export function frameVectors(): readonly FrameVector[] {
  return readdirSync(VECTORS)
    .filter((name) => name.startsWith("frame-"))
    .map((file) => {
      const { name, header, key, plaintext, frame } = frameVector.parse(readVector(file));
      return { name, header, key: bytes(key), plaintext: bytes(plaintext), frame: bytes(frame) };
    });
}

/** One golden file's value. */
export function readVector(file: string): unknown {
  return JSON.parse(readFileSync(join(VECTORS, file), "utf8"));
}

const controlVector = z.record(z.string(), z.array(z.unknown()));

/** Golden control messages of a direction, as texts. */
export function controlTexts(direction: string): readonly string[] {
  const messages = controlVector.parse(readVector("control.json"))[direction] ?? [];
  return messages.map((message) => JSON.stringify(message));
}

const recordedLine = z.looseObject({
  msg: z.optional(z.unknown()),
  from: z.optional(z.string()),
  dir: z.optional(z.string()),
});

/** What the agents of a family wrote in their recordings, each recording's lines in order. */
export function recordedLines(family: "acp" | "claude"): readonly (readonly string[])[] {
  const folder = join(ROOT, "relay", "agents", family, "recordings");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted()
    .map((name) =>
      readFileSync(join(folder, name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => recordedLine.parse(JSON.parse(line)))
        .filter(({ from, dir, msg }) => (from === "agent" || dir === "out") && msg !== undefined)
        .map(({ msg }) => JSON.stringify(msg)),
    );
}

/** Recordings as texts of a few lines each, every kind of line at most `perKind` times: small enough to be changed often. */
export function shortRecordings(family: "acp" | "claude", perKind = 3): readonly string[] {
  const seen = new Map<string, number>();
  const kept = recordedLines(family).map((lines) =>
    lines.filter((line) => {
      const kind = [...line.matchAll(/"(?:type|subtype|method|sessionUpdate|tool_name|name)":"([^"]{1,40})"/g)]
        .slice(0, 4)
        .map((match) => match[1])
        .join(" ");
      const count = seen.get(kind) ?? 0;
      seen.set(kind, count + 1);
      return count < perKind;
    }),
  );
  return kept.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
}

function bytes(text: string): Bytes {
  const found = fromB64(text);
  if (found === null) throw new Error("a golden file is garbled");
  return found;
}
