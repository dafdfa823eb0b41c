import { describe, expect, test } from "vitest";
import type { DiffRow } from "./diff-rows.ts";
import { diffTable } from "./diff-rows.ts";

const before = "for (const p of parts) queue.push(p)\nawait flush()\nreturn { etag: tags[0] }\n";
const after = "for (const p of parts) queue.push(p)\nawait flush({ all: true })\nreturn { etag: join(tags) }\n";

function shown(rows: readonly DiffRow[]): readonly string[] {
  return rows.map((row) =>
    row.sign === "gap"
      ? `… ${row.skipped}`
      : `${row.line}${row.sign}${row.parts.map((part) => (part.isMarked ? `[${part.text}]` : part.text)).join("")}`,
  );
}

describe("diffTable", () => {
  test("numbers removed lines by the old text, the others by the new one, and marks the words that changed", () => {
    const table = diffTable(before, after, 41);
    expect([table.added, table.removed]).toEqual([2, 2]);
    expect(shown(table.rows)).toEqual([
      "41 for (const p of parts) queue.push(p)",
      "42-await flush()",
      "43-return { etag: tags[[0]] }",
      "42+await flush([{ all: true }])",
      "43+return { etag: [join(]tags[)] }",
    ]);
  });

  test("a new file is all added, unmarked", () => {
    const table = diffTable(null, "a\nb\n");
    expect(shown(table.rows)).toEqual(["1+a", "2+b"]);
    expect([table.added, table.removed]).toEqual([2, 0]);
  });

  test("an emptied file is all removed", () => {
    expect(shown(diffTable("a\nb\n", "").rows)).toEqual(["1-a", "2-b"]);
  });

  test("equal texts have no rows", () => {
    expect(diffTable("a\n", "a\n")).toEqual({ rows: [], added: 0, removed: 0 });
  });

  test("unchanged lines between two changes are a gap with their number", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    const changed = lines.map((line, index) => (index === 4 || index === 24 ? `${line} changed` : line));
    const rows = shown(diffTable(lines.join("\n"), changed.join("\n")).rows);
    expect(rows[0]).toBe("2 line 2");
    expect(rows).toContain("… 13");
    expect(rows.at(-1)).toBe("28 line 28");
  });

  test("lines that share nothing carry no marks", () => {
    expect(shown(diffTable("alpha beta gamma\n", "1 + 2 === three()\n").rows)).toEqual([
      "1-alpha beta gamma",
      "1+1 + 2 === three()",
    ]);
  });

  test("the indent of a line is counted, so that a wrapped line hangs under it", () => {
    const [row] = diffTable(null, "      await step()\n").rows;
    expect(row).toMatchObject({ indent: 6 });
  });

  test("two large texts with nothing in common are shown as removed and added, and do not hang", () => {
    const old = Array.from({ length: 5000 }, (_, index) => `old ${index}`).join("\n");
    const fresh = Array.from({ length: 5000 }, (_, index) => `fresh ${index}`).join("\n");
    const table = diffTable(old, fresh);
    expect([table.added, table.removed, table.rows.length]).toEqual([5000, 5000, 10_000]);
  });

  test("a missing newline at the end is no line of its own", () => {
    expect(shown(diffTable("a", "a\nb").rows).filter((row) => row.includes("newline"))).toEqual([]);
  });
});
