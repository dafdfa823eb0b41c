import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { createCatalog } from "./catalog.ts";

const catalog = (commands: { id: string; command: string; args: string[] }[] = []) =>
  createCatalog({ env: { PATH: "/kelpie/none" }, home: tmpdir(), now: () => 0, execPath: process.execPath, commands });

test("knows the built-in agents and the policy's commands by name, and nobody else", async () => {
  const known = catalog([{ id: "mine", command: "my-agent", args: ["--acp"] }]);
  expect(known.ids).toEqual(["claude", "codex", "gemini", "opencode", "mine", "demo"]);
  for (const id of known.ids) expect((await known.driver(id))?.id).toBe(id);
  expect(await known.driver("nobody")).toBeUndefined();
});

test("makes each driver once", async () => {
  const known = catalog();
  expect(await known.driver("codex")).toBe(await known.driver("codex"));
});

test("the demo agent is always ready and tells its modes and models before it ran", async () => {
  const status = await (await catalog().driver("demo"))?.probe();
  expect(status).toMatchObject({ id: "demo", state: "ready", version: "0.1.0" });
  expect(status?.modes.map(({ id }) => id)).toEqual(["default", "accept-edits", "plan"]);
  expect(status?.models.length).toBe(2);
});

test("an agent that is not installed says how to get it", async () => {
  expect(await (await catalog().driver("gemini"))?.probe()).toMatchObject({
    state: "missing",
    next: "npm install -g @google/gemini-cli",
  });
});
