// The acts that touch the workspace: read, edit, run. Each asks first unless it was told not to.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ToolCallContent } from "@agentclientprotocol/sdk";
import { runCommand } from "./command.ts";
import type { Act } from "./script.ts";
import type { Stage } from "./stage.ts";

const DEMO_FILE = "kelpie-demo.md";
/** UTF-16 units of a file or of a command's output shown in a tool call. */
const SHOWN_CHARS = 64 * 1024;

const text = (value: string): ToolCallContent => ({ type: "content", content: { type: "text", text: value } });

/** Reads the first file that looks like an introduction; says so when there is none. */
export async function read(stage: Stage): Promise<string | undefined> {
  const { cwd } = stage.session;
  const names = (await readdir(cwd, { withFileTypes: true })).filter((found) => found.isFile()).map(({ name }) => name);
  const name =
    names.find((candidate) => /^readme/i.test(candidate)) ?? names.find((candidate) => !candidate.startsWith("."));
  if (name === undefined) return undefined;
  const toolCallId = stage.deps.newId();
  const path = join(cwd, name);
  await stage.update({
    sessionUpdate: "tool_call",
    toolCallId,
    title: `Read ${name}`,
    kind: "read",
    status: "in_progress",
    locations: [{ path }],
    rawInput: { path },
  });
  await stage.pause(4);
  const content = (await readFile(path, "utf8")).slice(0, SHOWN_CHARS);
  await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed", content: [text(content)] });
  return name;
}

/** Adds a line to kelpie-demo.md; true when it was allowed. */
export async function edit(stage: Stage): Promise<boolean> {
  const { session, newId } = stage.deps;
  const path = join(session.cwd, DEMO_FILE);
  const oldText = await readFile(path, "utf8").catch(() => null);
  const turns = session.history.filter(({ role }) => role === "user").length;
  const newText = `${oldText ?? "# Kelpie demo\n\nWritten by the demo agent.\n\n"}- edit of turn ${turns}\n`;
  const toolCall = {
    toolCallId: newId(),
    title: `Edit ${DEMO_FILE}`,
    kind: "edit",
    status: "pending",
    locations: [{ path }],
    rawInput: { path },
  } as const;
  const shown = { ...toolCall, locations: [{ path }], content: [{ type: "diff" as const, path, oldText, newText }] };
  await stage.update({ sessionUpdate: "tool_call", ...shown });
  const decision = session.mode === "accept-edits" ? "once" : await stage.permit(shown);
  const { toolCallId } = toolCall;
  if (decision === "no") {
    await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "failed", content: [text("Denied.")] });
    await stage.tell("All right, I left the file alone.\n");
    return false;
  }
  await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "in_progress" });
  await writeFile(path, newText);
  await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed", content: shown.content });
  return true;
}

/** Runs a shell command in the workspace; true when it was allowed and ended with exit code 0. */
export async function run(stage: Stage, act: Act & { do: "run" }): Promise<boolean> {
  const { session, newId, signal } = stage.deps;
  const { command } = act;
  const toolCallId = newId();
  const shown = {
    toolCallId,
    title: command,
    kind: "execute" as const,
    status: "pending" as const,
    rawInput: { command, cwd: session.cwd },
  };
  await stage.update({ sessionUpdate: "tool_call", ...shown });
  if ((await stage.permit(shown)) === "no") {
    await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "failed", content: [text("Denied.")] });
    await stage.tell("All right, I did not run it.\n");
    return false;
  }
  await stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "in_progress" });
  const end = await runCommand({
    command,
    cwd: session.cwd,
    signal,
    maxChars: SHOWN_CHARS,
    onOutput: (output) =>
      stage.update({ sessionUpdate: "tool_call_update", toolCallId, status: "in_progress", content: [text(output)] }),
  });
  const isDone = end.exitCode === 0;
  await stage.update({
    sessionUpdate: "tool_call_update",
    toolCallId,
    status: isDone ? "completed" : "failed",
    content: [text(end.output)],
    rawOutput: { exitCode: end.exitCode, signal: end.signal },
  });
  return isDone;
}
