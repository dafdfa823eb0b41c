import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentsDoc, type ErrorCode, randomId, type RootId, type SessionId } from "../../schema/index.ts";
import { Bench } from "./test/bench.ts";
import { parseWorkPolicy } from "./work-policy.ts";
import { eventually } from "./test/eventually.ts";

const code = (expected: ErrorCode) => expect.objectContaining({ code: expected });

test("a second session in the same working tree is refused, naming the first, until that is ended", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started("first thing");
  const root = await bench.project();
  const again = () => bench.run("session.start", { root, agent: "script" });
  await expect(again()).rejects.toEqual(code("E_BUSY"));
  await expect(again()).rejects.toMatchObject({ data: { session: s, title: "first thing" } });
  await bench.run("session.stop", { s });
  const second = await again();
  await bench.status(second.s, "idle");
  await expect(bench.run("session.resume", { s })).rejects.toEqual(code("E_BUSY"));
  await expect(bench.run("session.prompt", { s, blocks: [{ type: "text", text: "x" }] })).rejects.toEqual(
    code("E_BUSY"),
  );
});

test("two projects in one git working tree have one writer between them; a worktree of it has its own", async () => {
  const bench = await new Bench().boot();
  const git = (...args: string[]) => execFileSync("git", ["-C", bench.projectPath, ...args], { stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("-c", "user.name=T", "-c", "user.email=t@example.test", "commit", "-q", "--allow-empty", "-m", "begin");
  git("worktree", "add", "-q", "-b", "other", join(bench.projectPath, "linked"));
  const packages = join(bench.projectPath, "packages");
  mkdirSync(packages);
  const { s } = await bench.started("first thing");
  const rootOf = async (path: string) => (await bench.bench.projects.add(path, undefined, "desk")).root;
  const inside = bench.run("session.start", { root: await rootOf(packages), agent: "script" });
  await expect(inside).rejects.toMatchObject({ code: "E_BUSY", data: { session: s } });
  const linked = await rootOf(join(bench.projectPath, "linked"));
  expect(await bench.run("session.start", { root: linked, agent: "script" })).toHaveProperty("s");
});

test("two starts at the same moment: one gets the working tree", async () => {
  const bench = await new Bench().boot();
  const root = await bench.project();
  const starts = [1, 2].map(() => bench.run("session.start", { root, agent: "script" }));
  const results = await Promise.allSettled(starts);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("R17 a full disk refuses new sessions with E_DISK", async () => {
  const bench = await new Bench().boot({ diskFreeBytes: 1024 });
  const root = await bench.project();
  await expect(bench.run("session.start", { root, agent: "script" })).rejects.toEqual(code("E_DISK"));
});

test("policy decides which agents and modes there are", async () => {
  const policy = parseWorkPolicy(JSON.stringify({ agents: ["script"], forbiddenModes: { script: ["yolo"] } }));
  const bench = await new Bench().boot({ policy });
  const root = await bench.project();
  await expect(bench.run("session.start", { root, agent: "demo" })).rejects.toEqual(code("E_POLICY"));
  const yolo = bench.run("session.start", { root, agent: "script", mode: "yolo" });
  await expect(yolo).rejects.toEqual(code("E_POLICY"));
  const { s } = await bench.started();
  await expect(bench.run("session.mode", { s, mode: "yolo" })).rejects.toEqual(code("E_POLICY"));
});

test("what is not there is not found", async () => {
  const bench = await new Bench().boot();
  const stranger = bench.run("session.start", { root: await bench.project(), agent: "nosuch" });
  await expect(stranger).rejects.toMatchObject({ code: "E_NOT_FOUND", data: { next: expect.any(String) } });
  const s = randomId<SessionId>();
  const root = randomId<RootId>();
  await expect(bench.run("session.start", { root, agent: "script" })).rejects.toEqual(code("E_NOT_FOUND"));
  for (const op of ["session.resume", "session.cancel", "session.stop", "session.archive"] as const) {
    await expect(Promise.resolve().then(() => bench.run(op, { s }))).rejects.toEqual(code("E_NOT_FOUND"));
  }
});

test("a prompt that says nothing is refused, and a fork is refused in words", async () => {
  const bench = await new Bench().boot();
  const { s } = await bench.started();
  const empty = Promise.resolve().then(() =>
    bench.run("session.prompt", { s, blocks: [{ type: "text", text: "  " }] }),
  );
  await expect(empty).rejects.toEqual(code("E_SCHEMA"));
  await expect(bench.run("session.fork", { s, q: 1 })).rejects.toEqual(code("E_AGENT"));
});

test("S22 a project that asks for trust starts nothing until exactly what was shown is trusted", async () => {
  const bench = await new Bench().boot();
  const root = await bench.project();
  mkdirSync(join(bench.projectPath, ".claude"));
  writeFileSync(join(bench.projectPath, ".claude", "settings.json"), '{"hooks":{}}');
  const start = () => bench.run("session.start", { root, agent: "script" });
  const refused = await start().catch((error: unknown) => error);
  expect(refused).toEqual(code("E_POLICY"));
  expect(bench.script.processes).toEqual([]);
  expect(bench.document(`trust/${root}`)).toMatchObject({ files: [{ path: ".claude/settings.json", change: "new" }] });
  const { digest } = bench.document(`trust/${root}`) as { digest: never };
  await bench.run("project.trust", { root, digest });
  const { s } = await start();
  await bench.status(s, "idle");
});

test("every agent is probed and published", async () => {
  const bench = await new Bench().boot();
  const { agents } = await bench.run("agent.probe", {});
  expect(agents.map(({ id, state }) => [id, state])).toEqual([
    ["script", "ready"],
    ["demo", "ready"],
  ]);
  expect(agentsDoc.parse(bench.document("agents")).agents).toHaveLength(2);
});

test("the demo agent runs a whole turn with a permission, and nothing is left of it after stop", async () => {
  const bench = await new Bench().boot();
  const root = await bench.project();
  const blocks = [{ type: "text", text: "run echo woof" }];
  const { s } = await bench.run("session.start", { root, agent: "demo", blocks });
  const [wait] = (await bench.status(s, "waiting")).waits;
  if (wait?.req === undefined) throw new Error("no wait in the head");
  const { options } = JSON.parse(wait.req) as { options: { optionId: string; kind: string }[] };
  const option = options.find(({ kind }) => kind === "allow_once")?.optionId ?? "";
  await bench.run("wait.answer", { s, wid: wait.wid, digest: wait.digest, answer: { option } });
  await bench.status(s, "idle");
  const items = await bench.items(s);
  expect(JSON.stringify(items)).toContain("woof");
  expect(items.at(-1)).toMatchObject({ k: "turnend", t: 1, stop: "end_turn" });
  await bench.run("session.stop", { s });
  expect(bench.head(s).state).toBe("ended");
});

test("the demo agent's crash interrupts, and its conversation is resumed on request", async () => {
  const bench = await new Bench().boot();
  const root = await bench.project();
  const { s } = await bench.run("session.start", { root, agent: "demo", blocks: [{ type: "text", text: "crash" }] });
  await bench.status(s, "interrupted");
  await bench.run("session.prompt", { s, blocks: [{ type: "text", text: "stream 3 fast" }] });
  await eventually(async () => expect((await bench.items(s)).at(-1)).toMatchObject({ k: "turnend", stop: "end_turn" }));
});
