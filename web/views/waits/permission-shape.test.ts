import { describe, expect, test } from "vitest";
import { factsBesides, permissionShape } from "./permission-shape.ts";

const ask = (toolCall: object): Parameters<typeof permissionShape>[0] => ({
  toolCall: { toolCallId: "t1", ...toolCall },
  options: [],
});

describe("permissionShape", () => {
  test("shows the command exactly as it was sent, not the title", () => {
    const shape = permissionShape(
      ask({ title: "Run tests", kind: "execute", rawInput: { command: "rm -rf /  ", description: "Run tests" } }),
    );
    expect(shape).toMatchObject({
      verb: "Run",
      object: "rm -rf /  ",
      command: "rm -rf /  ",
      purpose: "Run tests",
      rest: [],
    });
  });

  test("quotes the words of an argument list that a shell would split", () => {
    expect(permissionShape(ask({ rawInput: { command: ["git", "commit", "-m", "it's done"] } })).command).toBe(
      "git commit -m 'it'\\''s done'",
    );
  });

  test("shows every other argument of the call", () => {
    const shape = permissionShape(ask({ kind: "execute", rawInput: { command: "ls", cwd: "/etc", env: { A: "1" } } }));
    expect(shape.rest).toEqual([
      ["cwd", "/etc"],
      ["env", '{\n  "A": "1"\n}'],
    ]);
  });

  test("leaves out the folder it runs in only where that is the session's own", () => {
    const shape = permissionShape(ask({ kind: "execute", rawInput: { command: "ls", cwd: "/srv/x", env: "A" } }));
    expect(factsBesides(shape, "/srv/x")).toEqual([["env", "A"]]);
    expect(factsBesides(shape, "/srv/y")).toEqual(shape.rest);
    expect(factsBesides(shape, "")).toEqual(shape.rest);
  });

  test("an edit shows its diff and does not repeat it as arguments", () => {
    const shape = permissionShape(
      ask({
        kind: "edit",
        rawInput: { file_path: "a.ts", old_string: "x", new_string: "y", replace_all: true },
        content: [{ type: "diff", path: "a.ts", oldText: "x", newText: "y" }],
      }),
    );
    expect(shape).toMatchObject({ verb: "Edit", object: "a.ts", command: null, rest: [["replace_all", "true"]] });
    expect(shape.edits).toEqual([{ path: "a.ts", before: "x", after: "y" }]);
  });

  test("a call that both edits and runs is shown as one that runs", () => {
    const shape = permissionShape(
      ask({
        kind: "edit",
        rawInput: { command: "sed -i s/a/b/ x" },
        content: [{ type: "diff", path: "x", newText: "b" }],
      }),
    );
    expect(shape).toMatchObject({ verb: "Run", command: "sed -i s/a/b/ x" });
    expect(shape.edits).toHaveLength(1);
  });

  test("an unknown tool shows its title and all its arguments", () => {
    const shape = permissionShape(ask({ title: "mcp: drop table", rawInput: { table: "users" } }));
    expect(shape).toMatchObject({ verb: "Allow", object: "mcp: drop table", rest: [["table", "users"]] });
  });

  test.each([[undefined], [null], ["words"], [[1, 2]]])("survives the input %j", (rawInput) => {
    expect(permissionShape(ask({ rawInput })).object).toBe("this");
  });
});
