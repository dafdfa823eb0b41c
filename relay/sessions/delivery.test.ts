// What "read by the agent" is worth: a `turn` item names a prompt exactly when the agent was given it.
import { expect, test } from "vitest";
import type { CommandRef, SessionId } from "../../schema/index.ts";
import { Bench } from "./test/bench.ts";
import { eventually } from "./test/eventually.ts";

const text = (words: string) => [{ type: "text", text: words }];

/** How often the log says that the agent has this prompt. */
async function timesTaken(bench: Bench, s: SessionId, of: CommandRef): Promise<number> {
  const name = JSON.stringify(of);
  const items = await bench.items(s);
  return items.filter((item) => item.k === "turn" && item.of.some((ref) => JSON.stringify(ref) === name)).length;
}

const timesGiven = (bench: Bench, words: string): number =>
  bench.script.processes.flatMap(({ prompts }) => prompts).filter((given) => given.text === words).length;

/** Runs `act` right after the log's so-many-th commit from now, before anybody else learns of it. */
function afterCommit<T>(bench: Bench, commits: number, act: () => Promise<T>): Promise<T> {
  let left = commits;
  return new Promise((resolve, reject) => {
    const forget = bench.log.onCommitted(() => {
      left--;
      if (left > 0) return;
      forget();
      act().then(resolve, reject);
    });
  });
}

test.each(["session.cancel", "session.stop", "session.archive"] as const)(
  "whenever %s comes, the log says read by the agent of a prompt that the agent was given, and of no other",
  async (op) => {
    // The first is of its `user` item, the second of its `turn` item, if it comes to that.
    for (const commits of [1, 2]) {
      const bench = await new Bench().boot();
      const { s } = await bench.started();
      await bench.log.flush();
      const of = bench.nextRef();
      const acted = afterCommit(bench, commits, () => bench.run(op, { s }));
      await bench.run("session.prompt", { s, blocks: text("go") }, of);
      await acted;
      await bench.status(s, op === "session.cancel" ? "idle" : "ended");
      const given = timesGiven(bench, "go");
      expect(await timesTaken(bench, s, of), `after commit ${commits}`).toBe(given);
      expect(bench.head(s).queued, `after commit ${commits}`).toBe(1 - given);
      await bench.stop();
    }
  },
);

/** Sends a prompt, is killed as `arm` has it, starts again and resumes. False when it was not killed at all. */
async function killedWhileSending(arm: (bench: Bench) => void, where: string): Promise<boolean> {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started();
  await bench.log.flush();
  const of = bench.nextRef();
  arm(bench);
  const { db } = bench;
  const isOver = (): void => expect(db.isDead || agent.prompts.length > 0).toBe(true);
  await bench.run("session.prompt", { s, blocks: text("go") }, of).catch(() => undefined);
  await eventually(isOver);
  // What is on its way into the log comes there, or meets the killing.
  await bench.log.flush().catch(() => undefined);
  const wasKilled = db.isDead;
  bench.kill();
  await bench.boot({});
  bench.admitAll();
  const taken = await timesTaken(bench, s, of);
  expect(bench.head(s), where).toMatchObject({ state: "interrupted", queued: 1 - taken });
  expect(timesGiven(bench, "go"), where).toBeLessThanOrEqual(taken);
  await bench.run("session.resume", { s });
  await bench.status(s, taken === 1 ? "idle" : "running");
  await eventually(() => expect(timesGiven(bench, "go") + taken, where).toBeGreaterThanOrEqual(1));
  expect(timesGiven(bench, "go"), where).toBeLessThanOrEqual(1);
  expect(await timesTaken(bench, s, of), where).toBe(1);
  expect(
    (await bench.kinds(s)).filter((kind) => kind === "turnend"),
    where,
  ).toHaveLength(taken);
  await bench.stop();
  return wasKilled;
}

test("killed when the log has told of a prompt or its turn, the relay says read by the agent of no queued prompt", async () => {
  for (const commits of [1, 2]) {
    const arm = (bench: Bench): void => {
      void afterCommit(bench, commits, async () => bench.db.dieNow());
    };
    expect(await killedWhileSending(arm, `killed after commit ${commits} of the log`)).toBe(true);
  }
});

test("killed after any commit on the way to the agent, a prompt is queued or told as taken, and given at most once", async () => {
  let commits = 1;
  while (await killedWhileSending((bench) => bench.db.dieAfter(commits), `killed after commit ${commits}`)) commits++;
  expect(commits).toBeGreaterThan(4);
});
