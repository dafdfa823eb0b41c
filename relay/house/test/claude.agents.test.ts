// Issue 2, "It must show" 3: the real claude in the whole product, seen from a device.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z, rootId, type RootId } from "../../../schema/index.ts";
import { commandOf, interruptions, prose, settledWaits, stateOf } from "../../../web/test/product/world.ts";
import { COUNTED, countTo } from "../../agents/scripted/script.ts";
import { until } from "../product.ts";
import { type ClaudeWorld, openClaudeWorld, TURN_MS } from "./claude-world.ts";

/** Characters of the slow script after which claude has surely written its conversation down. */
const SPOKEN_CHARS = 1_500;

let claude: ClaudeWorld;
beforeAll(async () => {
  claude = await openClaudeWorld();
});
afterAll(() => claude.close());

async function newPlace(): Promise<{ root: RootId; path: string }> {
  const { product } = claude.world;
  const path = product.newProject();
  return { path, root: z.object({ root: rootId }).parse(await product.desk("project.add", { path })).root };
}

test("text and thoughts stream to the device, and a second turn goes to the same claude", async () => {
  const s = await claude.begin({ script: "text" });
  expect(await claude.ends(s, 1)).toEqual(["end_turn"]);
  expect(prose(claude.phone, s)).toBe("Grüße! A scripted answer: 日本語 🎉 — done.");
  await claude.follow(s, "thinking");
  await claude.ends(s, 2);
  expect(claude.of(s, "thought").map(({ text }) => text)).toEqual(["First I think about it."]);
  expect(claude.provider.requests.at(-1)?.history).toEqual(["text", "thinking"]);
  const items = await claude.world.product.items(s);
  expect(items.filter(({ item }) => item.k === "acp").length).toBeGreaterThan(5);
});

test("a command runs when the device allows it, and does not when it denies", async () => {
  const { root, path } = await newPlace();
  const s = await claude.begin({ script: "bash", args: { command: "touch allowed.txt" }, root });
  const first = await claude.wait(s);
  expect(first.kind).toBe("permission");
  expect(existsSync(join(path, "allowed.txt"))).toBe(false);
  commandOf(await claude.phone.calls.answer(first, { option: "approve" }));
  await claude.ends(s, 1);
  expect(existsSync(join(path, "allowed.txt"))).toBe(true);
  await claude.follow(s, "bash", { command: "touch denied.txt" });
  commandOf(await claude.phone.calls.answer(await claude.wait(s), { option: "deny", text: "Not that one." }));
  await claude.ends(s, 2);
  expect(existsSync(join(path, "denied.txt"))).toBe(false);
  expect(claude.of(s, "tool").map(({ tool }) => [tool.command, tool.status])).toEqual([
    ["touch allowed.txt", "completed"],
    ["touch denied.txt", "failed"],
  ]);
  expect(settledWaits(claude.phone, s).map(({ outcome }) => outcome)).toEqual(["Approved", "Denied"]);
});

test("an edit is shown as a diff", async () => {
  const { root, path } = await newPlace();
  const file = join(path, "old.txt");
  writeFileSync(file, "alpha\nbeta\ngamma\n");
  const s = await claude.begin({ script: "edit", args: { path: file }, root });
  commandOf(await claude.phone.calls.answer(await claude.wait(s), { option: "approve" }));
  await claude.ends(s, 1);
  expect(readFileSync(file, "utf8")).toBe("alpha\nBETA\ngamma\n");
  const diffs = claude.of(s, "tool").flatMap(({ tool }) => tool.diffs);
  expect(diffs).toEqual([{ path: file, before: "alpha\nbeta\ngamma", after: "alpha\nBETA\ngamma" }]);
});

test("a question and a plan are answered from the device", async () => {
  const s = await claude.begin({ script: "question", mode: "plan" });
  const question = await claude.wait(s);
  if (question.request?.kind !== "question") throw new Error("no question");
  expect(question.request.req.questions[0]?.question).toBe("Which colour?");
  commandOf(await claude.phone.calls.answer(question, { choices: [[1]] }));
  await claude.ends(s, 1);
  await claude.follow(s, "plan");
  const plan = await claude.wait(s);
  if (plan.request?.kind !== "plan") throw new Error("no plan");
  expect(plan.request.req.plan).toContain("1. Write a file");
  commandOf(await claude.phone.calls.answer(plan, { option: "approve" }));
  await claude.ends(s, 2);
  expect(prose(claude.phone, s)).toContain("Plan carried out.");
  expect(claude.of(s, "mode").at(-1)?.mode).toBe("default");
});

test("529 is shown as retries, 401 in the vendor's exact words", async () => {
  const s = await claude.begin({ script: "overloaded" });
  expect(await claude.ends(s, 1)).toEqual(["end_turn"]);
  expect(claude.of(s, "note").filter(({ text }) => text.startsWith("529 overloaded, retry"))).toHaveLength(2);
  expect(prose(claude.phone, s)).toBe("Back again.");
  await claude.follow(s, "unauthorized");
  expect(await claude.ends(s, 2)).toEqual(["end_turn", "error"]);
  expect(claude.of(s, "error").map(({ text }) => text)).toEqual(["Invalid API key · Fix external API key"]);
});

test("stop ends the turn, keeps its words, and the next turn runs in the same claude", async () => {
  const s = await claude.begin({ script: "slow" });
  await claude.phone.waitFor(() => prose(claude.phone, s).length > 40, TURN_MS);
  const before = claude.agents();
  commandOf(await claude.phone.calls.cancelTurn(claude.phone.machine, s));
  expect(await claude.ends(s, 1)).toEqual(["cancelled"]);
  expect(prose(claude.phone, s)).toContain("The quick brown fox.");
  await claude.follow(s, "text");
  expect(await claude.ends(s, 2)).toEqual(["cancelled", "end_turn"]);
  expect(claude.agents()).toEqual(before);
});

test("a claude that lost the conversation starts anew with the message, and the session says so", async () => {
  const { phone, world } = claude;
  const s = await claude.begin({ script: "text" });
  await claude.ends(s, 1);
  commandOf(await phone.calls.stopSession(phone.machine, s));
  await phone.waitFor(() => stateOf(phone, s) === "ended", TURN_MS);
  rmSync(join(world.product.home, "home", ".claude", "projects"), { recursive: true });
  await claude.follow(s, "thinking");
  expect(await claude.ends(s, 2)).toEqual(["end_turn", "end_turn"]);
  expect(claude.provider.requests.at(-1)?.history).toEqual(["thinking"]);
  expect(claude.of(s, "note").map(({ text }) => text)).toEqual([
    "claude no longer has this conversation; it starts anew, knowing nothing of the above.",
  ]);
});

test("R13 kill -9 of the relay in two turns: claude goes on, and all of it is there once", async () => {
  const { phone, world } = claude;
  const { root, path } = await newPlace();
  const [talking, working] = [
    await claude.begin({ script: "counting" }),
    await claude.begin({ script: "bash", args: { command: "touch began.txt; sleep 6; touch ended.txt" }, root }),
  ];
  commandOf(await phone.calls.answer(await claude.wait(working), { option: "approve" }));
  await until("the command's beginning", () => existsSync(join(path, "began.txt")));
  await phone.waitFor(() => prose(phone, talking).includes("20, "), TURN_MS);
  const claudes = (): readonly string[] => claude.agents().filter((words) => words.includes("stream-json"));
  const before = claudes();
  const asked = claude.provider.requests.length;
  await world.product.kill();
  expect(existsSync(join(path, "ended.txt"))).toBe(false);
  await world.product.restart();
  phone.core.reconnect();
  for (const s of [talking, working]) expect(await claude.ends(s, 1)).toEqual(["end_turn"]);
  expect(prose(phone, talking)).toBe(countTo(COUNTED));
  expect(prose(phone, working)).toBe("The command is behind us.");
  expect(existsSync(join(path, "ended.txt"))).toBe(true);
  for (const s of [talking, working]) expect(await interruptions(world, s)).toBe(0);
  // One more request: what claude said of its command. Nothing was asked twice.
  expect(claude.provider.requests.length - asked).toBe(1);
  expect(before.length).toBeGreaterThan(1);
  expect(claudes()).toEqual(before);
  await claude.follow(talking, "text");
  expect(await claude.ends(talking, 2)).toEqual(["end_turn", "end_turn"]);
});

test("R12 kill -9 of the relay and its hosts in two turns: each interrupted once, nothing left running, and it goes on", async () => {
  const { phone, world } = claude;
  const command = "touch began.txt; sleep 4321";
  const { root, path } = await newPlace();
  const [talking, working] = [
    await claude.begin({ script: "slow" }),
    await claude.begin({ script: "bash", args: { command }, root }),
  ];
  commandOf(await phone.calls.answer(await claude.wait(working), { option: "approve" }));
  await until("the command's beginning", () => existsSync(join(path, "began.txt")));
  await phone.waitFor(() => prose(phone, talking).length > SPOKEN_CHARS, TURN_MS);
  await world.product.kill();
  for (const host of claude.hosts()) process.kill(host, "SIGKILL");
  await world.product.restart();
  expect(claude.agents()).toEqual([]);
  phone.core.reconnect();
  for (const s of [talking, working]) await phone.waitFor(() => stateOf(phone, s) === "interrupted", TURN_MS);
  commandOf(await phone.calls.resumeSession(phone.machine, talking));
  await phone.waitFor(() => stateOf(phone, talking) === "idle", TURN_MS);
  await claude.follow(talking, "text");
  expect(await claude.ends(talking, 2)).toEqual(["interrupted", "end_turn"]);
  expect(claude.provider.requests.at(-1)?.history).toEqual(["slow", "text"]);
  for (const s of [talking, working]) expect(await interruptions(world, s)).toBe(1);
  expect(claude.agents()).toHaveLength(1);
});
