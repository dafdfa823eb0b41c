// The one line a tool call has: verb, object, result.
import type { ToolView } from "../../live/model.ts";
import { durationWords } from "../../ui/time-words.ts";

interface Verb {
  readonly done: string;
  readonly doing: string;
  /** Asked for, and not begun, or not known to have ended: it may wait for a person. */
  readonly wanted: string;
}

const RUN: Verb = { done: "Ran", doing: "Running", wanted: "Run" };
const VERBS: Readonly<Record<string, Verb>> = {
  read: { done: "Read", doing: "Reading", wanted: "Read" },
  edit: { done: "Edit", doing: "Editing", wanted: "Edit" },
  delete: { done: "Deleted", doing: "Deleting", wanted: "Delete" },
  move: { done: "Moved", doing: "Moving", wanted: "Move" },
  search: { done: "Searched", doing: "Searching", wanted: "Search" },
  execute: RUN,
  think: { done: "Thought", doing: "Thinking", wanted: "Think" },
  fetch: { done: "Fetched", doing: "Fetching", wanted: "Fetch" },
};

const FORMS: Readonly<Record<ToolView["status"], keyof Verb>> = {
  pending: "wanted",
  in_progress: "doing",
  completed: "done",
  failed: "done",
  unfinished: "wanted",
};

/** Verb and object. The object is code when it is a command or a path, else the tool's own title. */
export interface ToolWords {
  readonly verb: string;
  readonly object: string;
  readonly isCode: boolean;
}

/** Never empty; a tool of an unknown kind is called by its title. */
export function toolWords(tool: ToolView): ToolWords {
  const form = FORMS[tool.status];
  const verb = VERBS[tool.what]?.[form] ?? "";
  if (tool.command !== null) return { verb: RUN[form], object: firstLine(tool.command), isCode: true };
  const path = tool.diffs[0]?.path ?? tool.paths[0];
  if (verb !== "" && path !== undefined) {
    const more = new Set([...tool.paths, ...tool.diffs.map((diff) => diff.path)]).size - 1;
    return { verb, object: more > 0 ? `${path} and ${more} more` : path, isCode: true };
  }
  return { verb: "", object: tool.title === "" ? "a tool" : tool.title, isCode: false };
}

/** "failed", "96 lines", "1.2 s", or what it is doing. */
export function toolResult(tool: ToolView): string {
  switch (tool.status) {
    case "failed":
      return "failed";
    case "pending":
      return "waiting";
    case "in_progress":
      return "running";
    case "unfinished":
      return "not finished";
    case "completed":
      return tool.ms !== null && tool.ms >= 1000 ? durationWords(tool.ms) : linesWords(tool);
  }
}

function linesWords({ output, outputCut }: ToolView): string {
  if (output === "") return "";
  // How many there were in all is not known here.
  if (outputCut) return "long output";
  const lines = output.replace(/\n$/u, "").split("\n").length;
  return lines === 1 ? "1 line" : `${lines} lines`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
