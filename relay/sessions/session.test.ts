import { expect, test } from "vitest";
import {
  AppError,
  digestOf,
  type ErrorCode,
  type Item,
  type ItemOf,
  type SessionId,
  type WaitId,
} from "../../schema/index.ts";
import { Bench, DEVICE } from "./test/bench.ts";
import { eventually } from "./test/eventually.ts";

const text = (words: string) => [{ type: "text", text: words }];
const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });

const PERMISSION = JSON.stringify({
  toolCall: { toolCallId: "t", title: "npm test" },
  options: [
    { optionId: "yes", name: "Approve", kind: "allow_once" },
    { optionId: "no", name: "Deny", kind: "reject_once" },
  ],
});

async function openWait(
  bench: Bench,
  s: SessionId,
): Promise<{ wid: WaitId; digest: Awaited<ReturnType<typeof digestOf>> }> {
  const { waits } = await bench.status(s, "waiting");
  const [wait] = waits;
  if (wait === undefined) throw new Error("no wait in the head");
  return wait;
}

const pick = ({ wid, digest }: Awaited<ReturnType<typeof openWait>>) => ({ wid, digest });

function only<K extends Item["k"]>(items: readonly Item[], k: K): ItemOf<K>[] {
  return items.filter((item): item is ItemOf<K> => item.k === k);
}

test("a start tells the session's whole story in order, prompt first, turn before the agent hears it", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("hello");
  agent.say("hi there");
  agent.prompts[0]?.end({ usage: { inputTokens: 3 } });
  const head = await bench.status(s, "idle");
  await eventually(() => expect(bench.head(s).last).toBe("hi there"));
  expect(await bench.kinds(s)).toEqual(["state starting", "user", "state idle", "turn", "acp", "turnend"]);
  expect(head).toMatchObject({
    title: "hello",
    project: "repo",
    agent: "script",
    queued: 0,
    usage: { inputTokens: 3 },
  });
});

test("prompts that come during a turn wait, and reach the agent together when it is free", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  const two = bench.nextRef();
  const three = bench.nextRef();
  expect(await bench.run("session.prompt", { s, blocks: text("two") }, two)).toEqual({ before: 0 });
  expect(await bench.run("session.prompt", { s, blocks: text("three") }, three)).toEqual({ before: 1 });
  expect(agent.prompts).toHaveLength(1);
  agent.prompts[0]?.end();
  await eventually(() => expect(agent.prompts[1]?.text).toBe("two|three"));
  expect(only(await bench.items(s), "turn").at(-1)).toEqual({ k: "turn", t: 2, of: [two, three] });
});

test("a slash command goes to the agent alone", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  await bench.run("session.prompt", { s, blocks: text("two") });
  await bench.run("session.prompt", { s, blocks: text("/compact") });
  await bench.run("session.prompt", { s, blocks: text("three") });
  for (const expected of ["two", "/compact", "three"]) {
    agent.prompts.at(-1)?.end();
    await eventually(() => expect(agent.prompts.at(-1)?.text).toBe(expected));
  }
});

test("a queued prompt can be edited in place and withdrawn; a taken one is resolved", async () => {
  const bench = await new Bench().boot();
  const first = bench.nextRef();
  const { s, agent } = await bench.started();
  await bench.run("session.prompt", { s, blocks: text("one") }, first);
  await eventually(() => expect(agent.prompts).toHaveLength(1));
  const [two, three] = [bench.nextRef(), bench.nextRef()];
  await bench.run("session.prompt", { s, blocks: text("two") }, two);
  await bench.run("session.prompt", { s, blocks: text("three") }, three);
  await bench.run("prompt.edit", { s, of: two, blocks: text("TWO") });
  expect(await bench.run("prompt.withdraw", { s, of: three })).toEqual({ blocks: text("three") });
  expect(await bench.run("prompt.withdraw", { s, of: three })).toEqual({ blocks: text("three") });
  await expect(bench.run("prompt.edit", { s, of: three, blocks: text("x") })).rejects.toEqual(code("E_RESOLVED"));
  await expect(bench.run("prompt.edit", { s, of: first, blocks: text("x") })).rejects.toEqual(code("E_RESOLVED"));
  await expect(bench.run("prompt.withdraw", { s, of: first })).rejects.toEqual(code("E_RESOLVED"));
  await expect(bench.run("prompt.withdraw", { s, of: bench.nextRef() })).rejects.toEqual(code("E_NOT_FOUND"));
  agent.prompts[0]?.end();
  await eventually(() => expect(agent.prompts[1]?.text).toBe("TWO"));
  expect(only(await bench.items(s), "unqueued").map(({ why }) => why)).toEqual(["edited", "withdrawn"]);
});

test("Stop ends the turn and keeps the queue; the next prompt sends it all", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  await bench.run("session.prompt", { s, blocks: text("two") });
  await bench.run("session.cancel", { s });
  await bench.status(s, "idle");
  expect(agent.cancels).toBe(1);
  await eventually(() => expect(bench.head(s).queued).toBe(1));
  expect(agent.prompts).toHaveLength(1);
  await bench.run("session.prompt", { s, blocks: text("three") });
  await eventually(() => expect(agent.prompts[1]?.text).toBe("two|three"));
});

test("resume lets a queue go on that a Stop held", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  await bench.run("session.prompt", { s, blocks: text("two") });
  await bench.run("session.cancel", { s });
  await bench.run("session.resume", { s });
  await eventually(() => expect(agent.prompts[1]?.text).toBe("two"));
});

test("after a turn that failed the queue waits, and the vendor's words are in the head", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  await bench.run("session.prompt", { s, blocks: text("two") });
  agent.prompts[0]?.end({ stop: "error", error: "401 invalid x-api-key" });
  const head = await bench.status(s, "idle");
  expect(head).toMatchObject({ error: "401 invalid x-api-key", queued: 1 });
  expect(agent.prompts).toHaveLength(1);
});

test("a wait is in the log and the head before anybody answers, and the answer reaches the agent once", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "k", kind: "permission", req: PERMISSION });
  const { wid, digest } = await openWait(bench, s);
  expect(bench.head(s).waits[0]).toMatchObject({ kind: "permission", req: PERMISSION });
  expect(digest).toBe(await digestOf(PERMISSION));
  const answer = { option: "yes" };
  expect(await bench.run("wait.answer", { s, wid, digest, answer })).toEqual({ answer, by: DEVICE });
  await bench.status(s, "running");
  expect(agent.answers).toEqual([{ key: "k", answer }]);
  expect(only(await bench.items(s), "waitdone")).toEqual([{ k: "waitdone", wid, by: DEVICE, answer }]);
});

test("R8 of two answers exactly one counts, and the other learns which", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "k", kind: "permission", req: PERMISSION });
  const { wid, digest } = await openWait(bench, s);
  const results = await Promise.allSettled(
    ["yes", "no"].map((option) => bench.run("wait.answer", { s, wid, digest, answer: { option } })),
  );
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const lost = results.find((result) => result.status === "rejected");
  expect(lost?.reason).toEqual(code("E_RESOLVED"));
  expect(lost?.reason).toMatchObject({ data: { by: DEVICE, answer: JSON.stringify(agent.answers[0]?.answer) } });
  expect(agent.answers).toHaveLength(1);
  expect(only(await bench.items(s), "waitdone")).toHaveLength(1);
});

test.each([
  ["another digest", "E_DIGEST", { option: "yes" }],
  ["an option nobody offered", "E_SCHEMA", { option: "maybe" }],
] as const)("S13 %s authorises nothing and leaves the wait open", async (what, expected, answer) => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "k", kind: "permission", req: PERMISSION });
  const { wid, digest } = await openWait(bench, s);
  const shown = what === "another digest" ? await digestOf("something else") : digest;
  await expect(bench.run("wait.answer", { s, wid, digest: shown, answer })).rejects.toEqual(code(expected));
  expect(agent.answers).toEqual([]);
  expect(bench.head(s).waits).toHaveLength(1);
});

test("an answer that the agent cannot take is told, and the agent's question is asked anew", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  const req = JSON.stringify({ questions: [{ question: "Which?", options: [{ label: "a" }] }] });
  agent.wait({ key: "k", kind: "question", req });
  const first = await openWait(bench, s);
  const unfit = bench.run("wait.answer", { s, ...pick(first), answer: { text: "does not fit" } });
  await expect(unfit).rejects.toEqual(code("E_SCHEMA"));
  await eventually(() => expect(bench.head(s).waits[0]?.wid ?? first.wid).not.toBe(first.wid));
  const second = await openWait(bench, s);
  await bench.run("wait.answer", { s, ...pick(second), answer: { choices: [[0]] } });
  expect(agent.answers).toEqual([{ key: "k", answer: { choices: [[0]] } }]);
  await bench.status(s, "running");
});

test("a wait that the agent withdraws, or that a Stop takes back, is closed by the agent", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "a", kind: "permission", req: PERMISSION });
  const { wid, digest } = await openWait(bench, s);
  agent.withdraw("a");
  await bench.status(s, "running");
  await expect(bench.run("wait.answer", { s, wid, digest, answer: { option: "yes" } })).rejects.toEqual(
    code("E_RESOLVED"),
  );
  agent.wait({ key: "b", kind: "permission", req: PERMISSION });
  await bench.status(s, "waiting");
  await bench.run("session.cancel", { s });
  await bench.status(s, "idle");
  expect(only(await bench.items(s), "waitdone").map(({ by }) => by)).toEqual(["agent", "agent"]);
});

test("what a background task asks outlives the turn, and its answer reaches the agent", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "k", kind: "permission", req: PERMISSION });
  const { wid, digest } = await openWait(bench, s);
  agent.prompts[0]?.end();
  await eventually(async () => expect(only(await bench.items(s), "turnend")).toHaveLength(1));
  await bench.status(s, "waiting");
  await bench.run("wait.answer", { s, wid, digest, answer: { option: "yes" } });
  expect(agent.answers).toEqual([{ key: "k", answer: { option: "yes" } }]);
  await bench.status(s, "idle");
});

test("an agent that dies leaves its words, a closed turn, and a session that can be resumed where it was", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  await bench.run("session.prompt", { s, blocks: text("two") });
  agent.die("out of memory");
  const head = await bench.status(s, "interrupted");
  expect(head).toMatchObject({ error: "out of memory", queued: 1 });
  const items = await bench.items(s);
  expect(only(items, "turnend")).toEqual([{ k: "turnend", t: 1, stop: "interrupted", error: "out of memory" }]);
  expect(items.filter((item) => item.k === "state" && item.s === "interrupted")).toHaveLength(1);
  await bench.run("session.resume", { s });
  await eventually(() => expect(bench.agent(1).prompts[0]?.text).toBe("two"));
  expect(bench.agent(1).options.resume).toBe("conversation-1");
});

test("an agent that cannot start interrupts its session and loses no prompt", async () => {
  const bench = await new Bench().boot();
  bench.script.refuse = new AppError("E_AGENT", { text: "no such model" });
  const { s } = await bench.run("session.start", { root: await bench.project(), agent: "script", blocks: text("go") });
  const head = await bench.status(s, "interrupted");
  expect(head).toMatchObject({ error: "no such model", queued: 1 });
  expect(only(await bench.items(s), "note")).toEqual([{ k: "note", code: "E_AGENT", text: "no such model" }]);
  bench.script.refuse = undefined;
  await bench.run("session.resume", { s });
  await eventually(() => expect(bench.agent(0).prompts[0]?.text).toBe("go"));
});

test("a stop that meets the turn's own end tells that end once, whenever it comes", async () => {
  const bench = await new Bench().boot();
  for (let turns = 0; turns < 24; turns++) {
    const { s, agent } = await bench.started("hello");
    agent.prompts[0]?.end();
    // From the agent's word to the commit of its item it is some turns of the queue of promises.
    for (let passed = 0; passed < turns; passed++) await Promise.resolve();
    await bench.run("session.stop", { s });
    await bench.status(s, "ended");
    expect(only(await bench.items(s), "turnend")).toHaveLength(1);
  }
});

test("stop ends the agent; a prompt to an ended session starts it again", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started("one");
  await bench.run("session.stop", { s });
  await bench.run("session.stop", { s });
  await bench.status(s, "ended");
  expect((await bench.kinds(s)).filter((kind) => kind === "state ended")).toHaveLength(1);
  await bench.run("session.prompt", { s, blocks: text("again") });
  await eventually(() => expect(bench.agent(1).prompts[0]?.text).toBe("again"));
});

test("an archived session is ended and marked, and comes back when somebody writes to it", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started();
  await bench.run("session.archive", { s });
  expect(bench.head(s)).toMatchObject({ state: "ended", archived: true });
  await bench.run("session.prompt", { s, blocks: text("again") });
  await bench.status(s, "running");
  expect(bench.head(s).archived).toBeUndefined();
});

test("a mode goes to the agent and into the head", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started();
  await bench.run("session.mode", { s, mode: "plan" });
  expect(agent.changes).toEqual([{ mode: "plan" }]);
  expect(bench.head(s).mode).toBe("plan");
});
