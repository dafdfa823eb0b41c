import { describe, expect, test } from "vitest";
import { readOutcome } from "./tool-outcome.ts";

const said = (content: unknown, isError = false): Parameters<typeof readOutcome>[0] => ({
  type: "tool_result",
  tool_use_id: "t1",
  content,
  is_error: isError,
});
const words = (text: string): object => ({ type: "content", content: { type: "text", text } });

describe("what a tool gave back", () => {
  test("is its text, or nothing to show", () => {
    expect(readOutcome(said("done"), undefined)).toEqual({ status: "completed", content: [words("done")] });
    expect(readOutcome(said(""), undefined)).toEqual({ status: "completed" });
  });

  test("is a failure with its words, also for an edit", () => {
    const detail = { filePath: "/w/a", originalFile: "x", structuredPatch: [] };
    expect(readOutcome(said("no such string", true), detail)).toEqual({
      status: "failed",
      content: [words("no such string")],
    });
  });

  test("is the change that was really made, one diff per place, with the lines around it", () => {
    const structuredPatch = [
      { newStart: 1, lines: [" a", "-b", "+B"] },
      { newStart: 40, lines: ["-x", " y", "\\ No newline at end of file"] },
    ];
    const outcome = readOutcome(said("updated"), { filePath: "/w/a", originalFile: "…", structuredPatch });
    expect(outcome).toEqual({
      status: "completed",
      content: [
        { type: "diff", path: "/w/a", oldText: "a\nb", newText: "a\nB" },
        { type: "diff", path: "/w/a", oldText: "x\ny", newText: "y" },
      ],
      locations: [
        { path: "/w/a", line: 1 },
        { path: "/w/a", line: 40 },
      ],
    });
  });

  test("leaves the announced diff alone when nothing better is known", () => {
    const detail = { filePath: "/w/a", originalFile: "same", structuredPatch: [] };
    expect(readOutcome(said("updated"), detail)).toEqual({ status: "completed" });
  });

  test("keeps pictures, and drops parts it does not know", () => {
    const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
    const outcome = readOutcome(said([{ type: "text", text: "see" }, picture, { type: "tool_reference" }]), null);
    expect(outcome.content).toEqual([
      words("see"),
      { type: "content", content: { type: "image", data: "AA==", mimeType: "image/png" } },
    ]);
  });
});
