// The recorded runs of the real claude (2.1.329): what it wrote, and what was written to it. Vendor lists that nobody
// reads (tools, commands, skills) are cut out of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "../../../../schema/index.ts";

const FOLDER = join(import.meta.dirname, "..", "recordings");

const entry = z.object({
  dir: z.enum(["in", "out", "eof", "signal"]),
  msg: z.optional(z.unknown()),
});
/** One step of a recording: `in` was written to claude, `out` came from it. */
export type RecordingEntry = z.infer<typeof entry>;

/** Every recording as `<scenario>.<run>`. */
export function recordingNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .toSorted();
}

export function readRecording(name: string): RecordingEntry[] {
  const text = readFileSync(join(FOLDER, `${name}.jsonl`), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => entry.parse(JSON.parse(line)));
}

/** What claude wrote, line by line. */
export function outputLines(name: string): string[] {
  return readRecording(name)
    .filter(({ dir }) => dir === "out")
    .map(({ msg }) => JSON.stringify(msg));
}
