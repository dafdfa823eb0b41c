import { describe, expect, test } from "vitest";
import { clock, NOW, waits, waitView } from "../../gallery/sample-sessions.ts";
import { waitFrom, waitLine, waitName, waitTitle } from "./wait-words.ts";

const of = (kind: string): (typeof waits)[number] => {
  const found = waits.find((wait) => wait.kind === kind);
  if (found === undefined) throw new Error(`no sample of ${kind}`);
  return found;
};

describe("the words of a wait", () => {
  test.each([
    ["permission", "Run npm test -- upload --retries=0?"],
    ["question", "Where should the choice of theme be stored?"],
    ["plan", "Approve the plan for Cursor for the audit log?"],
    ["limit", "Usage limit of codex until 13:10"],
    ["login", "claude is logged out on studio"],
    ["trust", "Trust the project inkwell?"],
    ["terminal", "gemini shows something Kelpie cannot display"],
  ])("%s is named by what it asks", (kind, name) => {
    expect(waitName(of(kind), clock)).toBe(name);
  });

  test.each([
    ["permission", "Wants to run `npm test -- upload --retries=0`"],
    ["question", "Where should the choice of theme be stored?"],
    ["limit", "Usage limit, continues at 13:10"],
    ["plan", "Has a plan"],
  ])("%s has one line in a list", (kind, line) => {
    expect(waitLine(of(kind), clock)).toBe(line);
  });

  test("a hidden character is written out in the name too", () => {
    const wait = waitView({
      kind: "permission",
      req: { toolCall: { toolCallId: "t", rawInput: { command: "ls\u200B -a" } }, options: [] },
    });
    expect(waitName(wait, clock)).toBe("Run ls\\u{200B} -a?");
  });

  test("a file is named as in its workspace where that is on screen, and whole elsewhere", () => {
    const wait = waitView({
      kind: "permission",
      req: {
        toolCall: { toolCallId: "t", content: [{ type: "diff", path: "/srv/x/src/a.ts", newText: "a" }] },
        options: [],
      },
    });
    expect(waitName(wait, clock, "/srv/x")).toBe("Edit src/a.ts?");
    expect(waitName(wait, clock)).toBe("Edit /srv/x/src/a.ts?");
  });

  test("says who wants what, where", () => {
    expect(waitFrom(of("permission"))).toBe("claude wants to run · harbor-web · studio");
    expect(waitTitle(of("permission"))).toBe("Wants to run a command");
  });

  test("without its request it still has a name and a way out", () => {
    const wait = { ...of("permission"), request: null, since: NOW };
    expect(waitName(wait, clock)).toBe("Fix flaky upload test waits for an answer");
    expect(waitLine(wait, clock)).toBe("Open it to answer");
    expect(waitTitle(wait)).toBe("Asks for permission");
  });
});
