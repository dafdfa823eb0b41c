// A wait that is settled is told as settled, wherever a crash comes between.
import { expect, test } from "vitest";
import { Bench, DEVICE } from "./test/bench.ts";
import { eventually } from "./test/eventually.ts";

const PERMISSION = JSON.stringify({
  toolCall: { toolCallId: "t", title: "npm test" },
  options: [{ optionId: "yes", name: "Approve", kind: "allow_once" }],
});

const DEATHS = {
  answer: "an answer",
  withdraw: "the agent's own withdrawal",
  die: "the agent's death",
} as const;

test.each(["answer", "withdraw", "die"] as const)(
  "killed after any commit of %s, the log says once how the wait was settled, and as the row has it (R8)",
  async (how) => {
    let isAlive = false;
    for (let commits = 1; !isAlive; commits++) {
      const bench = await new Bench().boot();
      const { s, agent } = await bench.started("one");
      agent.wait({ key: "k", kind: "permission", req: PERMISSION });
      const [wait] = (await bench.status(s, "waiting")).waits;
      if (wait === undefined) throw new Error("no wait");
      await bench.log.flush();
      const ref = bench.nextRef();
      const { db } = bench;
      db.dieAfter(commits);
      const { wid, digest } = wait;
      if (how === "answer") {
        await bench.run("wait.answer", { s, wid, digest, answer: { option: "yes" } }, ref).catch(() => undefined);
      } else if (how === "withdraw") agent.withdraw("k");
      else agent.die("gone");
      await eventually(() => expect(db.isDead || bench.head(s).waits.length === 0).toBe(true));
      await bench.log.flush().catch(() => undefined);
      isAlive = !db.isDead;
      bench.kill();
      await bench.boot({});
      bench.admitAll();
      const where = `killed after commit ${commits} of ${DEATHS[how]}`;
      const done = (await bench.items(s)).filter((item) => item.k === "waitdone");
      expect(done, where).toHaveLength(1);
      const settled = bench.bench.recoverCommand("wait.answer", ref);
      if (settled !== null) expect(done[0], where).toMatchObject({ by: DEVICE, answer: { option: "yes" } });
      await bench.stop();
    }
  },
);

test("an agent that dies while the disk refuses everything is not shown as running, and ends no other session", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "k", kind: "permission", req: PERMISSION });
  await bench.status(s, "waiting");
  await bench.log.flush();
  bench.db.dieNow();
  agent.die("gone");
  await eventually(() => expect(bench.bench.sessions.get(s).status).toBe("interrupted"));
  expect(bench.reports).not.toEqual([]);
  bench.kill();
  await bench.boot({});
  expect(bench.head(s)).toMatchObject({ state: "interrupted", waits: [] });
});
