// What becomes of commands, against the real trust store, journal and disk.
import { expect, it } from "vitest";
import {
  AppError,
  COMMAND_BYTES,
  CTR_WINDOW,
  EXP_RANGE_MS,
  FINALS_KEPT_MS,
  hashFromBytes,
  hashOf,
  MACHINE_SESSION,
  randomBytes,
  randomId,
  WAKE_TTL_MS,
  type Bytes,
  type RootId,
  type SessionId,
} from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import type { TestDevice } from "../trust/test/test-device.ts";
import { parsePolicy } from "./policy.ts";
import { openCore, pairDevice, until, type Core, type CoreOptions } from "./test/test-core.ts";

const START = { root: randomId<RootId>(), agent: "demo" };
const S = randomId<SessionId>();
const BLOCKS = [{ type: "text", text: "hello" }];

async function fresh(options: Partial<CoreOptions> & { scope?: "view" | "operate" | "admin"; shell?: boolean } = {}) {
  const clock = new ManualClock();
  const folder = stateFolder();
  const { scope = "admin", shell = false, ...core } = options;
  const opened = await openCore({ folder, clock, ...core });
  const device = await pairDevice(opened, clock, { scope, shell });
  await until(() => opened.results.length === 2);
  opened.results.length = 0;
  opened.got.length = 0;
  return { ...opened, core: opened, clock, folder, device };
}

/** Sends a frame and waits for `count` results to it; returns them opened. */
async function ask(core: Core, device: TestDevice, frame: Bytes, count = 2) {
  const from = core.results.length;
  await core.pipeline.receive(frame);
  await until(() => core.results.length >= from + count);
  return Promise.all(core.results.slice(from).map((res) => device.result(res)));
}

const statuses = (results: Awaited<ReturnType<typeof ask>>): unknown[] =>
  results.map(({ plain }) => [plain.status, plain.code ?? null]);

it("answers accepted, then done, bound to the command, and tells the hub to forget it", async () => {
  const { core, device, clock } = await fresh();
  const frame = await device.command("session.prompt", { s: S, blocks: BLOCKS }, clock.now());
  const results = await ask(core, device, frame);
  const h = await hashOf(frame);
  expect(results.map(({ plain }) => plain)).toEqual([
    { h, status: "accepted", hi: 2 },
    { h, status: "done", data: { before: 0 }, hi: 2 },
  ]);
  expect(results.map(({ header }) => [header.ctr, header.n, header.final])).toEqual([
    [2, 1, 0],
    [2, 2, 1],
  ]);
  expect(core.got).toEqual([[device.d, 1, 2]]);
  expect(core.runs).toMatchObject([{ op: "session.prompt", context: { by: device.d, ref: [device.d, 1, 2] } }]);
});

it("R7: answers an identical retry with the identical bytes, for seven days and over a restart", async () => {
  const { core, device, clock, folder } = await fresh();
  const frame = await device.command("session.start", START, clock.now());
  await ask(core, device, frame);
  const final = core.results.at(-1);
  clock.advance(FINALS_KEPT_MS - 3_600_000);
  await core.pipeline.receive(frame);
  expect(core.results.at(-1)).toEqual(final);
  await core.close();
  const again = await openCore({ folder, clock });
  await again.pipeline.recover();
  await again.pipeline.receive(frame);
  expect(again.results).toEqual([final]);
  expect(again.got.length).toBe(1);
  expect([core.runs.length, again.runs.length]).toEqual([1, 0]);
});

it("S1: a stored command replayed at any time, after a restart, with any clock, runs nothing twice", async () => {
  const { core, device, clock, folder } = await fresh();
  const frames: Bytes[] = [];
  for (let n = 0; n < 3; n++)
    frames.push(await device.command("session.start", START, clock.now(), { exp: clock.now() + WAKE_TTL_MS }));
  const refused = await device.command("session.start", START, clock.now(), { exp: clock.now() + EXP_RANGE_MS + 1 });
  const live = await device.command("agent.probe", {}, clock.now(), { class: 2, boot: core.boot });
  for (const frame of frames) await ask(core, device, frame);
  expect(statuses(await ask(core, device, refused, 1))).toEqual([["rejected", "E_EXP_RANGE"]]);
  await ask(core, device, live, 1);
  expect(core.runs.map(({ op }) => op)).toEqual([...frames.map(() => "session.start"), "agent.probe"]);
  const stored = [...frames, refused, live];

  let runs = core.runs;
  const replayAll = async (target: Core): Promise<void> => {
    for (const frame of stored) await target.pipeline.receive(frame);
  };
  await replayAll(core);
  expect(runs.length).toBe(4);
  await core.close();
  const start = clock.now();
  const hour = 3_600_000;
  const restart = async (offset: number, replays: "replay" | "only prune"): Promise<void> => {
    clock.jump(start + offset - clock.now());
    const again = await openCore({ folder, clock });
    ({ runs } = again);
    await again.pipeline.recover();
    if (replays === "replay") await replayAll(again);
    await again.close();
    expect(runs, `${offset} ms from the start`).toEqual([]);
  };
  await restart(-24 * hour, "replay");
  // Here the refused frame would be within range.
  await restart(hour, "replay");
  // The answers are forgotten; then the clock is set back to where every frame is fresh again.
  await restart(FINALS_KEPT_MS + 24 * hour, "only prune");
  await restart(hour, "replay");
  await restart(0, "replay");
  await restart(FINALS_KEPT_MS + 24 * hour, "replay");
});

it("S2: a CMD with any one bit flipped has no effect and no answer", async () => {
  const { core, device, clock } = await fresh();
  const frame = await device.command("session.start", START, clock.now());
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const flipped = frame.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await core.pipeline.receive(flipped);
  }
  expect([core.runs, core.results, core.got]).toEqual([[], [], []]);
  expect(core.pipeline.dropped()).toBe(frame.length * 8);
  expect(core.db.all("SELECT * FROM cmd WHERE ctr > 1")).toEqual([]);
  expect(core.db.get("SELECT hi FROM dev")).toMatchObject({ hi: 1 });
  expect(statuses(await ask(core, device, frame))).toEqual([
    ["accepted", null],
    ["done", null],
  ]);
});

it("S3: a command for another machine, device, generation, class or boot is rejected", async () => {
  const { core, device, clock } = await fresh();
  const other = await pairDevice(core, clock, { name: "other" });
  await until(() => core.results.length === 2);
  core.results.length = 0;
  const make = (options: object): Promise<Bytes> => device.command("session.start", START, clock.now(), options);
  const silent = [{ m: randomId() }, { d: other.d }, { d: randomId() }, { g: 2 }, { g: 0 }];
  for (const options of silent) await core.pipeline.receive(await make(options));
  expect([core.runs, core.results]).toEqual([[], []]);
  const answered = [
    [{ class: 3 }, "E_FRAME"],
    [{ class: 1, boot: core.boot }, "E_BOOT"],
    [{ class: 2, boot: randomId() }, "E_BOOT"],
    [{ class: 2 }, "E_BOOT"],
    [{ class: 2, boot: core.boot }, "E_SCHEMA"],
  ] as const;
  for (const [options, code] of answered) {
    expect(statuses(await ask(core, device, await make(options), 1))).toEqual([["rejected", code]]);
  }
  expect(core.runs).toEqual([]);
});

it("S3: a RES is bound to its command by the hash of the whole frame and opens for its device only", async () => {
  const { core, device, clock } = await fresh();
  const [a, b] = [
    await device.command("session.start", START, clock.now()),
    await device.command("session.start", START, clock.now()),
  ];
  const [, forA] = await ask(core, device, a);
  const resOfA = core.results.at(-1) ?? new Uint8Array(0);
  const [, forB] = await ask(core, device, b);
  expect(forA?.plain.h).toBe(await hashOf(a));
  expect(forB?.plain.h).toBe(await hashOf(b));
  const other = await pairDevice(core, clock, { name: "other" });
  await expect(other.result(resOfA)).rejects.toThrow("does not open");
  for (const field of [20, 36, 40, 48, 50]) {
    const spliced = resOfA.slice();
    spliced[field] = (spliced[field] ?? 0) ^ 1;
    await expect(device.result(spliced)).rejects.toThrow("does not open");
  }
});

it("S5: nothing but device.hello has an effect while a device is pending, and a grant invented by the Worker has none", async () => {
  const clock = new ManualClock();
  const core = await openCore({ folder: stateFolder(), clock });
  const device = await pairDevice(core, clock, { hello: false });
  const early = await device.command("session.start", START, clock.now());
  await core.pipeline.receive(early);
  await core.pipeline.receive(await device.command("agent.probe", {}, clock.now(), { class: 2, boot: core.boot }));
  expect([core.runs, core.results, core.store.get(device.d)?.state]).toEqual([[], [], "pending"]);
  await ask(core, device, await device.command("device.hello", { app: "x" }, clock.now()));
  expect(core.store.get(device.d)?.state).toBe("active");
  // Never seen before, so it may still run now that the device is trusted.
  await ask(core, device, early);
  expect(core.runs.length).toBe(1);

  const stranger = await pairDevice(await openCore({ folder: stateFolder(), clock }), clock);
  await core.pipeline.receive(
    await stranger.command("session.start", START, clock.now(), { m: core.identity.machine }),
  );
  expect(core.runs.length).toBe(1);
});

it("refuses a counter used for another frame, and one below or pruned from the window", async () => {
  const { core, device, clock } = await fresh();
  const make = (ctr: number): Promise<Bytes> => device.command("session.start", START, clock.now(), { ctr });
  await ask(core, device, await make(7));
  const [reused] = await ask(core, device, await make(7), 1);
  expect(reused?.plain).toMatchObject({ status: "rejected", code: "E_CTR_REUSED", hi: 7 });
  expect(statuses(await ask(core, device, await make(5)))).toEqual([
    ["accepted", null],
    ["done", null],
  ]);
  await ask(core, device, await make(7 + CTR_WINDOW));
  for (const ctr of [0, 6]) {
    expect(statuses(await ask(core, device, await make(ctr), 1))).toEqual([["rejected", "E_CTR_OLD"]]);
  }
  expect(statuses(await ask(core, device, await make(8)))).toHaveLength(2);
  core.db.run("DELETE FROM cmd WHERE ctr = 8");
  expect(statuses(await ask(core, device, await make(8), 1))).toEqual([["rejected", "E_CTR_OLD"]]);
});

it("stores every refusal from the expiry on as the last word, so that it can never run later", async () => {
  const { core, device, clock } = await fresh({ scope: "operate" });
  const now = clock.now();
  const root = randomId<RootId>();
  const h = hashFromBytes(randomBytes(32));
  void core.log.append(MACHINE_SESSION, { k: "note", code: "x" });
  await core.log.flush();
  const cases = [
    [await device.command("session.start", START, now, { exp: now + EXP_RANGE_MS + 1 }), "rejected", "E_EXP_RANGE"],
    [await device.command("session.start", START, now, { exp: now - 1 }), "expired", "E_EXPIRED"],
    [await device.command("project.remove", { root }, now), "rejected", "E_SCOPE"],
    [await device.command("session.start", { ...START, extra: 1 }, now), "rejected", "E_SCHEMA"],
    [await device.command("no.such", {}, now), "rejected", "E_SCHEMA"],
    [
      await device.command("session.prompt", { s: S, blocks: BLOCKS }, now, { seen: [MACHINE_SESSION, 1, h] }),
      "rejected",
      "E_FORK",
    ],
  ] as const;
  for (const [frame, status, code] of cases) {
    const [answer] = await ask(core, device, frame, 1);
    expect([answer?.plain.status, answer?.plain.code, answer?.header.final]).toEqual([status, code, 1]);
    const res = core.results.at(-1);
    // The clock now suits the expiry; the stored answer stands.
    clock.jump(-10);
    await core.pipeline.receive(frame);
    clock.jump(10);
    expect(core.results.at(-1)).toEqual(res);
  }
  expect(core.runs).toEqual([]);
});

it("accepts a prompt whose view agrees with the log", async () => {
  const { core, device, clock } = await fresh();
  void core.log.append(MACHINE_SESSION, { k: "note", code: "x" });
  await core.log.flush();
  const head = core.log.head(MACHINE_SESSION);
  const seen = [MACHINE_SESSION, head?.seq, head?.h];
  const frame = await device.command("session.prompt", { s: S, blocks: BLOCKS }, clock.now(), { seen });
  expect(statuses(await ask(core, device, frame))).toHaveLength(2);
  expect(core.runs[0]?.context.seen).toEqual(seen);
});

it("S30: neither scope nor local policy can be exceeded", async () => {
  const view = await fresh({ scope: "view" });
  const rejected = await ask(
    view.core,
    view.device,
    await view.device.command("session.start", START, view.clock.now()),
    1,
  );
  expect(statuses(rejected)).toEqual([["rejected", "E_SCOPE"]]);
  const policy = await parsePolicy('{"maxScope":"operate","forbid":["session.fork"],"projectFolders":["~"]}');
  const { core, device, clock } = await fresh({ policy });
  const code = async (op: string, args: object): Promise<unknown> =>
    statuses(await ask(core, device, await device.command(op, args, clock.now()), 1))[0];
  expect(await code("project.remove", { root: START.root })).toEqual(["rejected", "E_POLICY"]);
  expect(await code("session.fork", { s: S, q: 1 })).toEqual(["rejected", "E_POLICY"]);
  expect(core.runs).toEqual([]);
});

it("lets nobody hand on more than they have, nor rename others without being admin", async () => {
  const { core, device, clock } = await fresh();
  const invite = await device.command("pair.invite", { scope: "view", shell: true }, clock.now());
  expect(statuses(await ask(core, device, invite))[1]).toEqual(["failed", "E_SCOPE"]);
  const other = await pairDevice(core, clock, { scope: "view", name: "other" });
  await until(() => core.results.length === 4);
  const rename = (d: string): Promise<Bytes> => other.command("device.rename", { name: "mine", d }, clock.now());
  expect(statuses(await ask(core, other, await rename(device.d)))[1]).toEqual(["failed", "E_SCOPE"]);
  expect(statuses(await ask(core, other, await rename(other.d)))[1]).toEqual(["done", null]);
  expect(core.store.get(other.d)?.name).toBe("mine");
});

it("never lets a slow operation hold up the next command of the device", async () => {
  const gate = Promise.withResolvers<{ s: SessionId }>();
  const { core, device, clock } = await fresh({ handlers: { "session.start": () => gate.promise } });
  await core.pipeline.receive(await device.command("session.start", START, clock.now()));
  const [, prompt] = await ask(core, device, await device.command("session.stop", { s: S }, clock.now()), 2);
  expect(prompt?.plain.status).toBe("done");
  gate.resolve({ s: S });
  await until(() => core.results.length === 4);
});

it("starts the commands of one device in the order they came", async () => {
  const { core, device, clock } = await fresh();
  const frames = await Promise.all(
    Array.from({ length: 30 }, () => device.command("session.stop", { s: S }, clock.now())),
  );
  await Promise.all(frames.map((frame) => core.pipeline.receive(frame)));
  expect(core.runs.map(({ context }) => context.ref[2])).toEqual(Array.from({ length: 30 }, (_, n) => n + 2));
});

it("runs one of many copies that come at once", async () => {
  const { core, device, clock } = await fresh();
  const frame = await device.command("session.start", START, clock.now());
  await Promise.all(Array.from({ length: 20 }, () => core.pipeline.receive(frame)));
  expect(core.runs.length).toBe(1);
});

it("gives a device the tool's words, and an opaque id for a defect", async () => {
  const fail = (error: Error) => () => Promise.reject(error);
  const { core, device, clock } = await fresh({
    handlers: {
      "session.stop": fail(new AppError("E_BUSY", { text: "held by Fix tests", session: S })),
      "session.cancel": fail(new Error("secret path")),
      "session.resume": fail(new AppError("E_AGENT", { text: "y".repeat(COMMAND_BYTES + 4096) })),
    },
  });
  const last = async (op: string) =>
    (await ask(core, device, await device.command(op, { s: S }, clock.now())))[1]?.plain;
  expect(await last("session.stop")).toMatchObject({
    status: "failed",
    code: "E_BUSY",
    text: "held by Fix tests",
    data: { session: S },
  });
  const defect = await last("session.cancel");
  expect(defect).toMatchObject({ status: "failed", code: "E_INTERNAL" });
  expect(defect?.text).not.toContain("secret");
  expect(core.reports.length).toBe(1);
  expect(await last("session.resume")).toMatchObject({ status: "failed", code: "E_SIZE" });
});

it("takes the same operations from the desk, with their shapes checked", async () => {
  const { core } = await fresh();
  expect(await core.pipeline.desk("session.prompt", { s: S, blocks: BLOCKS })).toEqual({ before: 0 });
  expect(core.runs[0]?.context).toMatchObject({ by: "desk", ref: "desk", scope: "admin" });
  await expect(core.pipeline.desk("session.prompt", { s: S, blocks: [] })).rejects.toMatchObject({ code: "E_SCHEMA" });
});
