// How a claude tool looks in ACP words: kind, title, places, diffs. Knows nothing of turns or permissions.
import type { PlanEntry, ToolCallContent, ToolCallLocation, ToolKind } from "@agentclientprotocol/sdk";
import { z } from "../../../schema/index.ts";

/** What a screen shows of a tool call. */
export interface ToolView {
  readonly kind: ToolKind;
  readonly title: string;
  readonly content: ToolCallContent[];
  readonly locations: ToolCallLocation[];
}

const KINDS: Readonly<Record<string, ToolKind>> = {
  Read: "read",
  NotebookRead: "read",
  Write: "edit",
  Edit: "edit",
  MultiEdit: "edit",
  NotebookEdit: "edit",
  Bash: "execute",
  BashOutput: "execute",
  KillShell: "execute",
  Monitor: "execute",
  Glob: "search",
  Grep: "search",
  LS: "search",
  ToolSearch: "search",
  WebSearch: "search",
  WebFetch: "fetch",
  Task: "think",
  Agent: "think",
  TodoWrite: "think",
  EnterPlanMode: "switch_mode",
  ExitPlanMode: "switch_mode",
};

/** The longest title, in UTF-16 units; a command may be a whole script. */
const TITLE_MAX_CHARS = 400;

const text = z.optional(z.catch(z.string(), ""));
const anyInput = z.looseObject({
  file_path: text,
  notebook_path: text,
  path: text,
  command: text,
  description: text,
  pattern: text,
  query: text,
  url: text,
  prompt: text,
  plan: text,
  content: text,
  old_string: text,
  new_string: text,
  new_source: text,
  offset: z.optional(z.catch(z.number(), 1)),
  edits: z.optional(z.catch(z.array(z.object({ old_string: z.string(), new_string: z.string() })), [])),
});
type AnyInput = z.infer<typeof anyInput>;

/** Never throws: an input of another shape gives the tool's bare name. */
export function viewTool(name: string, input: unknown): ToolView {
  const parsed = anyInput.safeParse(input);
  const known: AnyInput = parsed.success ? parsed.data : {};
  const path = known.file_path || known.notebook_path || (KINDS[name] === "search" ? known.path : undefined);
  return {
    kind: KINDS[name] ?? "other",
    title: shorten(titleOf(name, known, path)),
    content: contentOf(name, known, path),
    locations: path ? [{ path, ...(known.offset === undefined ? {} : { line: known.offset }) }] : [],
  };
}

function titleOf(name: string, input: AnyInput, path: string | undefined): string {
  if (name === "Bash" && input.command) return input.command;
  if ((name === "Task" || name === "Agent") && input.description) return input.description;
  if (name === "ExitPlanMode") return "Plan";
  if (name === "AskUserQuestion") return "Question";
  const subject = input.pattern || input.query || input.url || baseName(path);
  return subject ? `${plainName(name)} ${subject}` : plainName(name);
}

/** `mcp__server__tool` as people write it. */
function plainName(name: string): string {
  const [prefix, server, ...rest] = name.split("__");
  return prefix === "mcp" && server && rest.length > 0 ? `${server}: ${rest.join("__")}` : name;
}

function baseName(path: string | undefined): string | undefined {
  return path?.split(/[\\/]/).at(-1);
}

function shorten(title: string): string {
  return title.length <= TITLE_MAX_CHARS ? title : `${title.slice(0, TITLE_MAX_CHARS - 1)}…`;
}

function contentOf(name: string, input: AnyInput, path: string | undefined): ToolCallContent[] {
  if (path && name === "Write") return [{ type: "diff", path, oldText: null, newText: input.content ?? "" }];
  if (path && name === "Edit") return [diffOf(path, input.old_string ?? "", input.new_string ?? "")];
  if (path && name === "MultiEdit") return (input.edits ?? []).map((e) => diffOf(path, e.old_string, e.new_string));
  if (path && name === "NotebookEdit") return [diffOf(path, "", input.new_source ?? "")];
  if (name === "ExitPlanMode" && input.plan) return [textContent(input.plan)];
  if ((name === "Task" || name === "Agent") && input.prompt) return [textContent(input.prompt)];
  if (name === "Bash" && input.description) return [textContent(input.description)];
  return [];
}

function diffOf(path: string, oldText: string, newText: string): ToolCallContent {
  return { type: "diff", path, oldText, newText };
}

/** A piece of text as tool content. */
export function textContent(value: string): ToolCallContent {
  return { type: "content", content: { type: "text", text: value } };
}

/** The plan a model hands to ExitPlanMode, if it does. */
export function planOf(input: unknown): string | undefined {
  const parsed = anyInput.safeParse(input);
  return parsed.success ? parsed.data.plan : undefined;
}

const todoInput = z.looseObject({
  todos: z.array(z.looseObject({ content: z.string(), status: z.enum(["pending", "in_progress", "completed"]) })),
});

/** The entries of TodoWrite, which versions of claude other than the recorded one still have. */
export function todosOf(input: unknown): PlanEntry[] | undefined {
  const parsed = todoInput.safeParse(input);
  return parsed.data?.todos.map(({ content, status }) => ({ content, status, priority: "medium" }));
}
