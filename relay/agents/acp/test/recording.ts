// Recorded conversations of real ACP agents with a client, and how to read them. Made on 20 November 2026 with the versions
// of agents-others.md and agents-claude.md; long lists of models, options and commands are cut.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "../../../../schema/index.ts";

const FOLDER = join(import.meta.dirname, "..", "recordings");

const rpc = z.looseObject({
  id: z.optional(z.nullable(z.union([z.string(), z.number()]))),
  method: z.optional(z.string()),
  params: z.optional(z.looseObject({})),
  result: z.optional(z.unknown()),
  error: z.optional(z.looseObject({ code: z.number(), message: z.string() })),
});
export type Rpc = z.infer<typeof rpc>;

const line = z.discriminatedUnion("from", [
  z.object({ from: z.literal("client"), msg: rpc }),
  z.object({ from: z.literal("agent"), msg: rpc }),
  z.object({
    from: z.literal("event"),
    msg: z.looseObject({
      event: z.string(),
      code: z.optional(z.nullable(z.number())),
      signal: z.optional(z.nullable(z.string())),
    }),
  }),
]);
export type Line = z.infer<typeof line>;

export function recordingNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".jsonl"))
    .map((file) => file.slice(0, -".jsonl".length))
    .sort();
}

/** What the recording client did and the driver does not (or not there); both ends leave it out. */
const UNUSED: ReadonlySet<string> = new Set(["session/list", "session/close", "session/set_config_option"]);

function isUnused({ from, msg }: Line): boolean {
  if (from !== "client") return false;
  return UNUSED.has(msg.method ?? "") || msg.params?.["modeId"] === "bogus";
}

/** The lines in order. gemini sends history after its reply: it is put before the prompt, where the driver awaits it. */
export function readRecording(name: string): Line[] {
  const text = readFileSync(join(FOLDER, `${name}.jsonl`), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((row) => line.parse(JSON.parse(row)))
    .filter((found) => !isUnused(found));
  if (name !== "gemini-load") return lines;
  const prompt = lines.findIndex(({ msg }) => msg["method"] === "session/prompt");
  const end = lines.findIndex((found) => updateKind(found) === "available_commands_update");
  return [
    ...lines.slice(0, prompt),
    ...lines.slice(prompt + 1, end + 1),
    ...lines.slice(prompt, prompt + 1),
    ...lines.slice(end + 1),
  ];
}

/** The sessionUpdate of a session/update line; undefined for other lines. */
export function updateKind({ from, msg }: Line): string | undefined {
  if (from !== "agent" || msg.method !== "session/update") return undefined;
  return z.looseObject({ update: z.looseObject({ sessionUpdate: z.string() }) }).parse(msg.params).update.sessionUpdate;
}
