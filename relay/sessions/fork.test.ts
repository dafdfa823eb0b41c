import { expect, test } from "vitest";
import type { SessionId } from "../../schema/index.ts";
import { Bench } from "./test/bench.ts";
import { eventually } from "./test/eventually.ts";

const text = (words: string) => [{ type: "text", text: words }];
const refused = (words: string) => ({ code: "E_AGENT", data: { reason: "no-fork", text: words } });

/** A session at rest after one turn. */
async function rested(bench: Bench): Promise<{ s: SessionId; q: number }> {
  const { s, agent } = await bench.started("one");
  agent.prompts[0]?.end();
  await bench.status(s, "idle");
  await bench.run("session.stop", { s });
  return { s, q: bench.log.head(s)?.seq ?? 0 };
}

test("a fork is a session of its own that opens a copy of the conversation, also when it is started again", async () => {
  const bench = await new Bench().boot();
  const from = await rested(bench);
  const ref = bench.nextRef();
  const { s } = await bench.run("session.fork", from, ref);
  expect(s).not.toBe(from.s);
  expect(await bench.status(s, "idle")).toMatchObject({ title: "one (copy)", agent: "script", queued: 0 });
  expect(bench.agent(1).options).toMatchObject({ resume: "conversation-1", fork: true });
  expect(await bench.kinds(s)).toEqual(["state starting", "note", "state idle"]);
  expect(bench.bench.recoverCommand("session.fork", ref)).toEqual({ s });
  expect(bench.head(from.s).state).toBe("ended");
  await bench.run("session.stop", { s });
  await bench.run("session.prompt", { s, blocks: text("two") });
  await eventually(() => expect(bench.agent(2).prompts).toHaveLength(1));
  expect(bench.agent(2).options).toMatchObject({ resume: "conversation-1", fork: true });
  bench.agent(2).opened("conversation-2");
  bench.agent(2).prompts[0]?.end();
  await bench.status(s, "idle");
  await bench.run("session.stop", { s });
  await bench.run("session.resume", { s });
  await bench.status(s, "idle");
  expect(bench.agent(3).options.resume).toBe("conversation-2");
  expect(bench.agent(3).options.fork).toBeUndefined();
});

test("a fork is refused in words: not from the newest point, nothing said yet, while it runs, by an agent that cannot", async () => {
  const bench = await new Bench().boot();
  const { s, q } = await rested(bench);
  await expect(bench.run("session.fork", { s, q: q - 1 })).rejects.toMatchObject(
    refused("script can only fork a conversation from its newest point."),
  );
  await bench.run("session.resume", { s });
  await bench.status(s, "idle");
  const running = bench.run("session.fork", { s, q: bench.log.head(s)?.seq ?? 0 });
  await expect(running).rejects.toMatchObject({ code: "E_BUSY", data: { session: s } });
  await bench.run("session.stop", { s });
  const root = await bench.project();
  const fresh = await bench.run("session.start", { root, agent: "script" });
  await bench.status(fresh.s, "idle");
  await bench.run("session.stop", fresh);
  await expect(bench.run("session.fork", { ...fresh, q: 1 })).rejects.toMatchObject(
    refused("There is no conversation to fork yet."),
  );
  const demo = await bench.run("session.start", { root, agent: "demo" });
  await expect(bench.run("session.fork", { ...demo, q: 1 })).rejects.toMatchObject(
    refused("demo cannot fork a conversation here."),
  );
});
