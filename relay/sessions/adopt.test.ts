// R12, R13, R5: an agent that outlives its relay is found again, whatever the relay was doing when it was killed.
import { expect, test } from "vitest";
import { type CommandRef, isAppError, type Item, type SessionId } from "../../schema/index.ts";
import { Bench } from "./test/bench.ts";
import { KeptDriver } from "./test/kept-agent.ts";
import { eventually } from "./test/eventually.ts";

const PERMISSION = JSON.stringify({
  toolCall: { toolCallId: "t", title: "npm test" },
  options: [{ optionId: "yes", name: "Approve", kind: "allow_once" }],
});
const blocks = [{ type: "text", text: "go" }];

async function started(): Promise<{ bench: Bench; kept: KeptDriver; s: SessionId }> {
  const bench = new Bench();
  const kept = new KeptDriver(PERMISSION, () => {
    const { db } = bench;
    return () => db.isDead || !db.isOpen;
  });
  bench.others.set("kept", kept);
  await bench.boot();
  const { s } = await bench.run("session.start", { root: await bench.project(), agent: "kept" });
  await bench.status(s, "idle");
  return { bench, kept, s };
}

/** What a device does until the turn is over: sends its prompt until that is known, answers what is asked. */
async function drive(bench: Bench, kept: KeptDriver, s: SessionId, ref: CommandRef): Promise<void> {
  if (bench.bench.recoverCommand("session.prompt", ref) === null) await bench.run("session.prompt", { s, blocks }, ref);
  await eventually(async () => {
    if (bench.db.isDead) return;
    const { state, waits } = bench.head(s);
    for (const { wid, digest } of waits) {
      await bench.run("wait.answer", { s, wid, digest, answer: { option: "yes" } }).catch(ignoreResolved);
    }
    expect([state, kept.agent.answers.length]).toEqual(["idle", 1]);
  });
}

function ignoreResolved(error: unknown): void {
  if (!isAppError(error, "E_RESOLVED")) throw error;
}

const wordsOf = (item: Item): string[] => {
  if (item.k === "note" && item.code === "notice") return [item.text ?? ""];
  if (item.k !== "acp" || !("update" in (item.u as object))) return [];
  const { update } = item.u as { update: { content?: { text?: string } } };
  return update.content?.text === undefined ? [] : [update.content.text];
};

/** The turn is there once and whole: in the log, at the agent, in the head. */
async function expectOneWhole(bench: Bench, kept: KeptDriver, s: SessionId, when: string): Promise<void> {
  const items = await bench.items(s);
  const count = (k: Item["k"]): number => items.filter((item) => item.k === k).length;
  expect(items.flatMap(wordsOf), when).toEqual(["1: one", "1: two", "1: three", "1: four"]);
  expect([count("turn"), count("turnend"), count("waitdone")], when).toEqual([1, 1, 1]);
  expect(new Set(items.flatMap((item) => (item.k === "wait" ? [item.wid] : []))).size, when).toBe(1);
  expect([kept.opened, kept.agent.prompts, kept.agent.answers.map(({ key }) => key)], when).toEqual([
    1,
    ["go"],
    ["ask-1"],
  ]);
  expect(bench.head(s), when).toMatchObject({ state: "idle", waits: [], queued: 0 });
}

test("R13 killed after any commit of a turn, the agent goes on and its whole output is there once", async () => {
  let hasSurvived = false;
  let kills = 0;
  for (let commits = 1; !hasSurvived; commits++) {
    const { bench, kept, s } = await started();
    const ref = bench.nextRef();
    bench.db.dieAfter(commits);
    await drive(bench, kept, s, ref).catch((error: unknown) => {
      if (!bench.db.isDead) throw error;
    });
    hasSurvived = !bench.db.isDead;
    if (!hasSurvived) {
      kills += 1;
      bench.kill();
      await bench.boot({});
      bench.admitAll();
      await drive(bench, kept, s, ref);
    }
    await expectOneWhole(bench, kept, s, `killed after commit ${commits}`);
    await bench.stop();
  }
  expect(kills).toBeGreaterThan(8);
});

test("R13 killed again and again while nothing can be recorded yet, nothing is lost and nothing twice", async () => {
  for (let commits = 1; commits < 12; commits++) {
    const { bench, kept, s } = await started();
    const ref = bench.nextRef();
    await bench.run("session.prompt", { s, blocks }, ref);
    await bench.status(s, "waiting");
    bench.kill();
    // Heads were not compared in these boots: items wait without a seq.
    await bench.boot({ dieAfter: commits }).catch(() => undefined);
    bench.kill();
    await bench.boot({});
    bench.admitAll();
    await drive(bench, kept, s, ref);
    await expectOneWhole(bench, kept, s, `killed after commit ${commits} of the second boot`);
    expect(kept.opened).toBe(1);
    await bench.stop();
  }
});

test("a question that had no record yet when the relay was killed is asked on every screen all the same", async () => {
  const { bench, kept, s } = await started();
  bench.kill();
  // Heads were not compared in this boot: what the agent asks is kept without a seq, and killed so.
  await bench.boot({});
  kept.agent.prompt("go", 1);
  const isKept = (): boolean => bench.db.get(`SELECT 1 FROM item WHERE json LIKE '{"k":"wait"%'`) !== undefined;
  await eventually(() => expect(isKept()).toBe(true));
  bench.kill();
  await bench.boot({});
  bench.admitAll();
  await eventually(() => expect(bench.head(s)).toMatchObject({ state: "waiting", waits: [{ kind: "permission" }] }));
  const [wait] = bench.head(s).waits;
  const [holding] = bench.log.read(s, wait?.q ?? 0, { maxBytes: 1, maxRecords: 1 });
  expect(holding?.seq).toBe(wait?.q);
});

test("R12 an agent found again is the same one: no interruption is told, and the log says that the relay was away", async () => {
  const { bench, s } = await started();
  bench.kill();
  await bench.boot({});
  bench.admitAll();
  expect(bench.head(s).state).toBe("idle");
  const kinds = await bench.kinds(s);
  expect(kinds).not.toContain("state interrupted");
  expect((await bench.items(s)).at(-1)).toMatchObject({ k: "note", code: "readopted" });
});

test("a relay that leaves keeps its agents; one that stops ends them", async () => {
  const { bench, kept, s } = await started();
  await bench.leave();
  expect(kept.agent.log.at(-1)?.type).not.toBe("ended");
  await bench.boot({});
  bench.admitAll();
  expect(bench.head(s).state).toBe("idle");
  await bench.stop();
  expect(kept.agent.log.at(-1)?.type).toBe("ended");
});
