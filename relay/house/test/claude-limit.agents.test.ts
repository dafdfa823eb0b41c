// A usage limit of the real claude in the whole product: shown with its end, then the message is sent again by itself.
import { expect, onTestFinished, test } from "vitest";
import { prose, settledWaits } from "../../../web/test/product/world.ts";
import { openClaudeWorld } from "./claude-world.ts";

/** Seconds: time enough to see the wait, and no more. */
const LIMIT_S = 4;

test("a message that a usage limit refused is sent again when the limit ends", async () => {
  // Limits belong to a subscription: signed in, not by a key.
  const claude = await openClaudeWorld({ ANTHROPIC_API_KEY: "", CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-made-up" });
  onTestFinished(() => claude.close());
  const resetsAt = Math.ceil(Date.now() / 1000) + LIMIT_S;
  const s = await claude.begin({ script: "limit-once", args: { resetsAt: String(resetsAt) } });
  expect(await claude.wait(s)).toMatchObject({ kind: "limit", until: resetsAt * 1000 });
  expect(await claude.ends(s, 1)).toEqual(["error"]);
  expect(claude.of(s, "error").map(({ text }) => text)).toEqual([
    expect.stringMatching(/^You've hit your 5-hour limit · resets/),
  ]);
  expect(await claude.ends(s, 2)).toEqual(["error", "end_turn"]);
  expect(Date.now()).toBeGreaterThanOrEqual(resetsAt * 1000);
  expect(prose(claude.phone, s)).toBe("Back again.");
  expect(settledWaits(claude.phone, s)).toEqual([{ by: "the clock", outcome: "Limit over" }]);
  expect(claude.of(s, "note").map(({ text }) => text)).toEqual([
    "The usage limit is over: your message is sent again.",
  ]);
  expect(claude.of(s, "user")).toHaveLength(1);
});
