// The one line a tool call has: verb, object, result.
import type { ToolView } from "../../live/model.ts";
import { durationWords } from "../../ui/time-words.ts";

const VERBS: Readonly<Record<string, readonly [done: string, doing: string]>> = {
  read: ["Read", "Reading"],
  edit: ["Edit", "Editing"],
  delete: ["Deleted", "Deleting"],
  move: ["Moved", "Moving"],
  search: ["Searched", "Searching"],
  execute: ["Ran", "Running"],
  think: ["Thought", "Thinking"],
  fetch: ["Fetched", "Fetching"],
};

/** Verb and object. The object is code when it is a command or a path, else the tool's own title. */
export interface ToolWords {
  readonly verb: string;
  readonly object: string;
  readonly isCode: boolean;
}

/** Never empty; a tool of an unknown kind is called by its title. */
export function toolWords(tool: ToolView): ToolWords {
  const isBusy = tool.status === "pending" || tool.status === "in_progress";
  const [done, doing] = VERBS[tool.what] ?? ["", ""];
  const verb = isBusy ? doing : done;
  if (tool.command !== null) return { verb: isBusy ? "Running" : "Ran", object: firstLine(tool.command), isCode: true };
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
