import { expect, test } from "vitest";
import { Bench } from "./test/bench.ts";
import { eventually } from "./test/eventually.ts";

const text = (words: string) => [{ type: "text", text: words }];

test("an agent that no longer has the conversation starts anew, and the session says so once", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.die("killed");
  await bench.status(s, "interrupted");
  bench.script.forgets = true;
  await bench.run("session.prompt", { s, blocks: text("two") });
  await eventually(() => expect(bench.agent(1).prompts[0]?.text).toBe("two"));
  expect(bench.agent(1).options.resume).toBeUndefined();
  bench.agent(1).prompts[0]?.end();
  await bench.status(s, "idle");
  const notes = (await bench.items(s)).filter((item) => item.k === "note" && item.code === "resume-refused");
  expect(notes).toEqual([
    {
      k: "note",
      code: "resume-refused",
      text: "script no longer has this conversation; it starts anew, knowing nothing of the above.",
    },
  ]);
  bench.script.forgets = false;
  await bench.run("session.stop", { s });
  await bench.run("session.resume", { s });
  await bench.status(s, "idle");
  expect(bench.agent(2).options.resume).toBe("conversation-1");
});

test("Stop of a session whose agent is being opened gives the opening up", async () => {
  const bench = await new Bench().boot();
  bench.script.hangs = true;
  const { s } = await bench.run("session.start", { root: await bench.project(), agent: "script", blocks: text("go") });
  expect(bench.head(s).state).toBe("starting");
  await bench.run("session.stop", { s });
  expect(await bench.status(s, "ended")).toMatchObject({ queued: 1 });
  expect(bench.head(s).error).toBeUndefined();
  expect(await bench.kinds(s)).toEqual(["state starting", "user", "state ended"]);
  bench.script.hangs = false;
  await bench.run("session.resume", { s });
  await eventually(() => expect(bench.agent(0).prompts[0]?.text).toBe("go"));
});

test.each(["session.start", "session.prompt"] as const)("%s refuses attachments in words", async (op) => {
  const bench = await new Bench().boot();
  const { s } = await bench.started();
  const refusal = { code: "E_SCHEMA", data: { text: expect.stringContaining("attachments") } };
  const bids = ["A".repeat(22)] as never;
  const run =
    op === "session.prompt"
      ? bench.run(op, { s, blocks: text("see this"), bids })
      : bench.run(op, { root: await bench.project(), agent: "demo", blocks: text("see this"), bids });
  await expect(run).rejects.toMatchObject(refusal);
  expect(await bench.kinds(s)).not.toContain("user");
});
