import { describe, expect, test } from "vitest";
import { sessionRow } from "../../gallery/sample-sessions.ts";
import { glyphOf, placeOf, sectionName, sectionOf } from "./session-words.ts";

describe("a session's row", () => {
  test.each([
    [{ state: "waiting", waits: 1 }, "Needs you", "waiting"],
    [{ state: "running", waits: 1 }, "Needs you", "running"],
    [{ state: "running" }, "Running", "running"],
    [{ state: "starting" }, "Running", "running"],
    [{ state: "idle" }, "Idle", "idle"],
    [{ state: "idle", error: "exit 41" }, "Done", "failed"],
    [{ state: "ended" }, "Done", "done"],
    [{ state: "ended", error: "exit 41" }, "Done", "failed"],
    [{ state: "interrupted" }, "Interrupted", "interrupted"],
    [{ state: "interrupted", waits: 1 }, "Needs you", "interrupted"],
  ] as const)("%j stands under %s with the shape %s", (facts, section, glyph) => {
    const row = sessionRow({ waits: 0, ...facts });
    expect(sectionOf(row)).toBe(section);
    expect(glyphOf(row, true)).toBe(glyph);
  });

  test("what is not proven is said in the past and drawn as being confirmed", () => {
    expect(glyphOf(sessionRow({ state: "running" }), false)).toBe("confirming");
    expect(sectionName("Running", false)).toBe("Was running");
    expect(sectionName("Needs you", false)).toBe("Needed you");
    expect(sectionName("Idle", false)).toBe("Idle");
  });

  test("its place names agent, project, branch and machine", () => {
    expect(placeOf(sessionRow({ agent: "codex", project: "inkwell", branch: "main", machineName: "air" }))).toBe(
      "codex · inkwell · main · air",
    );
  });
});
