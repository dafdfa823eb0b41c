// How the command line says things. Pure.
import type { AppError, Item } from "../../schema/index.ts";
import { knownItemOf, type UnknownItem } from "../../schema/index.ts";

/** A refusal in one to three lines: what happened, the tool's own words, what to do. */
export function refusalWords(error: AppError): string {
  const { reason, text, next } = error.data;
  const lines = [`kelpie: ${typeof reason === "string" ? reason : error.code} (${error.code})`];
  if (typeof text === "string" && text !== "") lines.push(text);
  if (typeof next === "string") lines.push(`Next: ${next}`);
  return lines.join("\n");
}

/** Columns, two spaces apart, the last one ragged. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows
    .map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join("  "))
    .join("\n");
}

/** "41 s", "3 min", "2 h", "5 d". */
export function agoWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** One item of a session as plain text; null for what a terminal does not show. */
export function itemWords(raw: UnknownItem): string | null {
  const item = knownItemOf(raw);
  if (item === null) return `[unsupported: ${raw.k}]\n`;
  switch (item.k) {
    case "acp":
      return updateWords(item);
    case "user":
      return `\n> ${item.prompt.map((block) => block.text ?? `[${block.type}]`).join("\n> ")}\n`;
    case "wait":
      return `\n[waits: ${item.kind} ${item.wid.slice(0, 8)}] ${item.req}\n`;
    case "waitdone":
      return `[answered by ${item.by}: ${item.answer.option ?? item.answer.text ?? "yes"}]\n`;
    case "turnend":
      return item.error === undefined ? `\n[${item.stop}]\n` : `\n[failed] ${item.error}\n`;
    case "state":
      return `[${item.s}${item.why === undefined ? "" : `: ${item.why}`}]\n`;
    case "note":
      return `[${item.code}] ${item.text ?? ""}\n`;
    default:
      return null;
  }
}

function updateWords(item: Extract<Item, { k: "acp" }>): string | null {
  const update: Record<string, unknown> = item.u.update;
  const content = update["content"];
  const text = typeof content === "object" && content !== null && "text" in content ? content.text : null;
  if (update["sessionUpdate"] === "agent_message_chunk") return typeof text === "string" ? text : null;
  if (update["sessionUpdate"] === "tool_call")
    return `\n[${wordOf(update["kind"], "tool")}] ${wordOf(update["title"], "")}\n`;
  return null;
}

function wordOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}
