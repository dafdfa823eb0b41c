import type { TimelineEntry, ToolView } from "../../live/model.ts";

/** What a fold of steps says it holds, in the order each kind was first met. */
export function foldWords(tools: readonly ToolView[]): string {
  const counts = new Map<string, number>();
  for (const tool of tools) {
    const kind = tool.command === null ? tool.what : "execute";
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => kindWords(kind, count)).join(", ");
}

/** True for a step that may disappear into a fold: finished, and nothing a person should not miss. */
export function isFoldable(entry: TimelineEntry): entry is Extract<TimelineEntry, { kind: "tool" }> {
  return entry.kind === "tool" && entry.tool.status === "completed" && entry.tool.diffs.length === 0;
}

function kindWords(kind: string, count: number): string {
  switch (kind) {
    case "read":
      return `read ${count} ${count === 1 ? "file" : "files"}`;
    case "search":
      return count === 1 ? "searched" : `searched ${count} times`;
    case "execute":
      return `ran ${count} ${count === 1 ? "command" : "commands"}`;
    case "fetch":
      return `fetched ${count} ${count === 1 ? "page" : "pages"}`;
    default:
      return `used ${count} ${count === 1 ? "tool" : "tools"}`;
  }
}
