// Rules that hold for every recorded run, whatever happened in it.
import { describe, expect, test } from "vitest";
import type { AgentEvent } from "../driver.ts";
import { outputLines, recordingNames } from "./test/recording.ts";
import { ClaudeTranslator, type ClaudeFact } from "./translate.ts";
import { z } from "../../../schema/index.ts";

const NAMES = recordingNames();

function translate(lines: readonly string[]): ClaudeFact[] {
  const translator = new ClaudeTranslator({ now: () => 0 });
  return [...lines.flatMap((line) => translator.line(line)), ...translator.finish()];
}

function eventsOf(facts: readonly ClaudeFact[]): AgentEvent[] {
  return facts.flatMap((fact) => (fact.type === "event" ? [fact.event] : []));
}

const assistantLine = z.looseObject({
  type: z.literal("assistant"),
  is_api_error_message: z.optional(z.boolean()),
  message: z.looseObject({
    content: z.array(
      z.looseObject({ type: z.string(), text: z.optional(z.string()), thinking: z.optional(z.string()) }),
    ),
  }),
});

/** What the assistant lines say: all texts, then all thoughts. */
function spoken(lines: readonly string[]): string {
  const blocks = lines.flatMap((line) => {
    const { data } = assistantLine.safeParse(JSON.parse(line));
    return data === undefined || data.is_api_error_message === true ? [] : data.message.content;
  });
  return [...blocks.map(({ text = "" }) => text), "|", ...blocks.map(({ thinking = "" }) => thinking)].join("");
}

/** What a reader sees who drops voided messages: all texts, then all thoughts. */
function shown(facts: readonly ClaudeFact[]): string {
  const messages = new Map<string, { kind: string; text: string }>();
  for (const event of eventsOf(facts)) {
    if (event.type !== "update") continue;
    const { update } = event.params;
    if (update.sessionUpdate !== "agent_message_chunk" && update.sessionUpdate !== "agent_thought_chunk") continue;
    const id = update.messageId ?? "";
    if (update._meta?.["kelpie"] !== undefined) messages.delete(id);
    else {
      const before = messages.get(id)?.text ?? "";
      const piece = update.content.type === "text" ? update.content.text : "";
      messages.set(id, { kind: update.sessionUpdate, text: before + piece });
    }
  }
  const of = (kind: string): string[] => [...messages.values()].flatMap((m) => (m.kind === kind ? [m.text] : []));
  return [...of("agent_message_chunk"), "|", ...of("agent_thought_chunk")].join("");
}

test("the recordings are there", () => {
  expect(NAMES.length).toBeGreaterThan(50);
});

describe.each(NAMES)("%s", (name) => {
  const lines = outputLines(name);
  const facts = translate(lines);

  test("shows exactly the text of the assistant lines, once", () => {
    expect(shown(facts)).toBe(spoken(lines));
  });

  test("ends every tool call it begins, once, and none it does not", () => {
    const begun: string[] = [];
    const ended: string[] = [];
    for (const event of eventsOf(facts)) {
      if (event.type !== "update") continue;
      const { update } = event.params;
      if (update.sessionUpdate === "tool_call") begun.push(update.toolCallId);
      const isEnd = update.sessionUpdate === "tool_call_update" && /completed|failed/.test(update.status ?? "");
      if (isEnd) ended.push(update.toolCallId);
    }
    expect(ended.toSorted()).toEqual(begun.toSorted());
    expect(new Set(begun).size).toBe(begun.length);
  });

  test("tells one turn per result line", () => {
    const results = lines.filter((line) => JSON.parse(line).type === "result");
    expect(facts.filter(({ type }) => type === "turn")).toHaveLength(results.length);
  });

  test("names the session before anything is shown", () => {
    const [first] = eventsOf(facts).filter(({ type }) => type === "opened" || type === "update");
    expect(first?.type ?? "opened").toBe("opened");
  });

  test("survives being cut anywhere, and does not invent an ending", () => {
    const [firstResult] = lines.flatMap((line, at) => (JSON.parse(line).type === "result" ? [at] : []));
    const whole = lines.slice(0, firstResult ?? lines.length);
    for (const [at, line] of whole.entries()) {
      const cut = translate([...whole.slice(0, at), line.slice(0, Math.floor(line.length / 2))]);
      expect(cut.filter(({ type }) => type === "turn")).toEqual([]);
    }
  });

  test("ignores kinds and garbage between its lines", () => {
    const noise = ['{"type":"never_seen"}', '{"type":"system","subtype":"never_seen"}', "[1]", "null", "\u0000{", ""];
    const noisy = translate(lines.flatMap((line) => [line, ...noise]));
    const understood = (all: readonly ClaudeFact[]): ClaudeFact[] => all.filter(({ type }) => type !== "garbage");
    expect(understood(noisy)).toEqual(understood(facts));
  });
});
