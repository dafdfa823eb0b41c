import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { MARK_NAME } from "../agents/marked-processes.ts";
import { readStartTime } from "../agents/process-group.ts";
import type { SessionId } from "../../schema/index.ts";
import { endLeftover } from "./leftovers.ts";
import { Bench } from "./test/bench.ts";
import { eventually } from "./test/eventually.ts";

const text = (words: string) => [{ type: "text", text: words }];
const PERMISSION = JSON.stringify({
  toolCall: { toolCallId: "t", title: "npm test" },
  options: [{ optionId: "yes", name: "Approve", kind: "allow_once" }],
});

test("R12 after kill -9 a session says interrupted exactly once, however often the relay starts", async () => {
  const bench = await new Bench().boot();
  const { s, agent } = await bench.started("one");
  agent.wait({ key: "k", kind: "permission", req: PERMISSION });
  await bench.status(s, "waiting");
  for (let start = 0; start < 3; start++) {
    bench.kill();
    await bench.boot();
  }
  expect(bench.head(s)).toMatchObject({ state: "interrupted", waits: [] });
  bench.admitAll();
  await eventually(async () => expect((await bench.kinds(s)).at(-1)).toBe("state interrupted"));
  bench.kill();
  await bench.boot();
  const kinds = await bench.kinds(s);
  expect(kinds.filter((kind) => kind === "state interrupted")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "waitdone")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "turnend")).toHaveLength(1);
});

/** What the log says of the end, after a start that nothing disturbs. */
async function toldOfTheEnd(bench: Bench, s: SessionId): Promise<string[]> {
  bench.kill();
  await bench.boot({});
  bench.admitAll();
  expect(bench.head(s).state).toBe("interrupted");
  return (await bench.kinds(s)).filter((kind) => kind === "turnend" || kind === "state interrupted");
}

test("R12 killed after any commit while it tells of an agent's death, it has told it once", async () => {
  let hasSurvived = false;
  for (let commits = 1; !hasSurvived; commits++) {
    const bench = await new Bench().boot();
    const { s, agent } = await bench.started("one");
    const { db } = bench;
    db.dieAfter(commits);
    agent.die("out of memory");
    await eventually(() => {
      hasSurvived = !db.isDead && bench.head(s).state === "interrupted";
      expect(db.isDead || hasSurvived).toBe(true);
    });
    expect(await toldOfTheEnd(bench, s), `killed after commit ${commits}`).toEqual(["turnend", "state interrupted"]);
  }
});

test("R12 killed after any commit while it writes off what an earlier boot left, it has done so once", async () => {
  let hasSurvived = false;
  for (let commits = 2; !hasSurvived; commits++) {
    const bench = await new Bench().boot();
    const { s } = await bench.started("one");
    bench.kill();
    hasSurvived = await bench.boot({ dieAfter: commits }).then(
      () => !bench.db.isDead,
      () => false,
    );
    expect(await toldOfTheEnd(bench, s), `killed after commit ${commits}`).toEqual(["turnend", "state interrupted"]);
  }
});

test("R5 a prompt whose turn was cut off is never sent again by software; one still queued is sent on resume", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started("one");
  await bench.run("session.prompt", { s, blocks: text("two") });
  bench.kill();
  await bench.boot();
  bench.admitAll();
  expect(bench.head(s)).toMatchObject({ state: "interrupted", queued: 1 });
  await bench.run("session.resume", { s });
  await eventually(() => expect(bench.script.processes.at(-1)?.prompts.map((given) => given.text)).toEqual(["two"]));
  const last = bench.script.processes.at(-1);
  last?.prompts[0]?.end();
  await bench.status(s, "idle");
  expect(last?.prompts).toHaveLength(1);
  expect((await bench.items(s)).filter((item) => item.k === "turn").map((turn) => turn.k === "turn" && turn.t)).toEqual(
    [1, 2],
  );
});

test("commands cut off after their row was committed are known to be done", async () => {
  const bench = await new Bench().boot();
  const { agent } = await bench.started();
  const [start, prompt, answer] = [bench.nextRef(), bench.nextRef(), bench.nextRef()];
  await bench.run("session.stop", {
    s: (await bench.run("session.start", { root: await otherRoot(bench), agent: "script" }, start)).s,
  });
  expect(bench.bench.recoverCommand("session.prompt", prompt)).toBeNull();
  const { s } = bench.bench.recoverCommand("session.start", start) as { s: never };
  await bench.run("session.prompt", { s, blocks: text("x") }, prompt);
  const later = await eventually(() => bench.agent(2));
  later.wait({ key: "k", kind: "permission", req: PERMISSION });
  const [wait] = (await bench.status(s, "waiting")).waits;
  if (wait === undefined) throw new Error("no wait");
  await bench.run("wait.answer", { s, wid: wait.wid, digest: wait.digest, answer: { option: "yes" } }, answer);
  bench.kill();
  await bench.boot();
  expect(bench.bench.recoverCommand("session.start", start)).toEqual({ s });
  expect(bench.bench.recoverCommand("session.prompt", prompt)).toEqual({ before: 0 });
  expect(bench.bench.recoverCommand("wait.answer", answer)).toMatchObject({ answer: { option: "yes" } });
  expect(bench.bench.recoverCommand("session.stop", start)).toBeNull();
  expect(agent.prompts).toEqual([]);
});

test("an agent that never had a turn is started afresh, because it kept nothing to resume", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started();
  bench.kill();
  await bench.boot();
  bench.admitAll();
  await bench.run("session.resume", { s });
  await bench.status(s, "idle");
  expect(bench.agent(1).options.resume).toBeUndefined();
});

test("a clean stop of the relay interrupts its sessions once, and the next start adds nothing", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started("one");
  await bench.stop();
  await bench.boot();
  bench.admitAll();
  expect(bench.head(s).state).toBe("interrupted");
  expect((await bench.kinds(s)).filter((kind) => kind === "state interrupted")).toHaveLength(1);
});

test.runIf(process.platform === "linux")(
  "what a lost agent had started is ended by its mark, other processes are not",
  async () => {
    const bench = await new Bench().boot();
    const { agent } = await bench.started("one");
    const sleeper = (env: Record<string, string>) => spawn("sleep", ["60"], { env, detached: true, stdio: "ignore" });
    const left = sleeper({ ...agent.options.env });
    const other = sleeper({ ...agent.options.env, [MARK_NAME]: "another-run" });
    onTestFinished(() => void other.kill("SIGKILL"));
    await Promise.all([once(left, "spawn"), once(other, "spawn")]);
    const ended = once(left, "exit");
    bench.kill();
    await bench.boot();
    expect(await ended).toEqual([null, "SIGKILL"]);
    expect(other.signalCode).toBeNull();
  },
);

test("R12 an agent of an earlier boot is ended with its group, but never a process that only has its pid", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
  const exited = once(child, "exit");
  const pid = child.pid ?? 0;
  const pidStart = (await readStartTime(pid)) ?? "";
  expect(await endLeftover({ pid, pidStart: `${pidStart}0` })).toBe(false);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  expect(await endLeftover({ pid, pidStart })).toBe(true);
  await exited;
  expect(await endLeftover({ pid, pidStart })).toBe(false);
});

async function otherRoot(bench: Bench) {
  const { root } = await bench.bench.projects.add(bench.folder, "other", "desk");
  return root;
}
