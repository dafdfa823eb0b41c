// A tool call with its updates, merged. Pure.
import { z } from "../../../schema/index.ts";
import type { ToolView } from "../model.ts";
import type { ToolUpdate } from "./acp-shapes.ts";

/** Output shown in the conversation, in UTF-16 units; the rest is one tap away. */
export const OUTPUT_CHARS = 8000;

/** A tool call as folded: the view, and what later updates need. */
export interface FoldedTool {
  readonly view: ToolView;
  readonly startedAt: number;
  /** Output that came in pieces, apart from `content`, which replaces. */
  readonly streamed: string;
}

/** The tool call after one update; `before` null for the first. */
export function foldTool(before: FoldedTool | null, update: ToolUpdate, at: number): FoldedTool {
  const old = before?.view;
  const status = update.status ?? old?.status ?? "pending";
  const startedAt = before?.startedAt ?? at;
  const streamed = cutTail((before?.streamed ?? "") + streamedBy(update));
  const output = outputOf(update) ?? (streamed === "" ? (old?.output ?? "") : streamed);
  const isOver = status === "completed" || status === "failed";
  const paths = update.locations?.map(({ path }) => path) ?? pathsOf(update) ?? old?.paths ?? [];
  const view: ToolView = {
    id: update.toolCallId,
    title: update.title ?? old?.title ?? "Tool",
    what: update.kind ?? old?.what ?? "other",
    status,
    paths: [...new Set(paths)],
    command: commandOf(update) ?? old?.command ?? null,
    output: cutTail(output),
    outputCut: output.length > OUTPUT_CHARS || (old?.outputCut ?? false),
    diffs: diffsOf(update) ?? old?.diffs ?? [],
    parent: update._meta?.claudeCode?.parentToolUseId ?? old?.parent ?? null,
    ms: isOver ? (old?.ms ?? at - startedAt) : null,
  };
  return { view, startedAt, streamed };
}

/** More output of a tool call: words of a subagent, pieces of a terminal. */
export function addOutput(tool: FoldedTool, text: string): FoldedTool {
  const all = tool.view.output + text;
  const view = { ...tool.view, output: cutTail(all), outputCut: tool.view.outputCut || all.length > OUTPUT_CHARS };
  return { ...tool, view };
}

function cutTail(text: string): string {
  return text.length <= OUTPUT_CHARS ? text : text.slice(-OUTPUT_CHARS);
}

/** Exact command of a call that runs one. */
function commandOf({ rawInput }: ToolUpdate): string | null {
  const command = rawInput?.command ?? rawInput?.cmd;
  if (typeof command === "string") return command;
  const argv = z.array(z.string()).safeParse(command);
  return argv.success ? argv.data.join(" ") : null;
}

function pathsOf(update: ToolUpdate): string[] | null {
  const paths = update.content?.flatMap(({ path }) => (path == null ? [] : [path])) ?? [];
  return paths.length > 0 ? paths : null;
}

function diffsOf({ content }: ToolUpdate): ToolView["diffs"] | null {
  const diffs = content?.flatMap(({ type, path, oldText, newText }) =>
    type === "diff" && path != null ? [{ path, before: oldText ?? null, after: newText ?? "" }] : [],
  );
  return diffs === undefined || diffs.length === 0 ? null : diffs;
}

/** What `content` says in words; null when it says nothing, so that what was there stays. */
export function outputOf(update: ToolUpdate): string | null {
  const texts = update.content?.flatMap(({ type, content }) =>
    type === "content" && content?.text != null ? [content.text] : [],
  );
  if (texts !== undefined && texts.length > 0) return texts.join("\n");
  const raw = rawText.safeParse(update.rawOutput);
  return raw.success ? raw.data : null;
}

const rawText = z.string();

/** Output that an agent sends in pieces outside of `content`. */
export function streamedBy({ _meta: meta }: ToolUpdate): string {
  return meta?.terminal_output_delta?.data ?? meta?.terminal_output?.data ?? "";
}
