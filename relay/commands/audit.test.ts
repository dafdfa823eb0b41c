// The audit trail: every verdict is in the machine's signed log exactly once, whatever dies in between.
import { cpSync } from "node:fs";
import { expect, it } from "vitest";
import {
  AppError,
  EXP_RANGE_MS,
  randomId,
  toB64,
  type Bytes,
  type RootId,
  type SessionId,
} from "../../schema/index.ts";
import { ManualClock } from "../journal/test/manual-clock.ts";
import { stateFolder } from "../journal/test/state-folder.ts";
import { auditOf } from "./test/audit-log.ts";
import { openCore, pairDevice, until, type Core, type CoreOptions } from "./test/test-core.ts";

const ROOT = randomId<RootId>();
const START = { root: ROOT, agent: "demo" };
const S = randomId<SessionId>();
const SECRET = "the words of a prompt";
const PROMPT = { s: S, blocks: [{ type: "text", text: SECRET }] };

async function fresh(options: Partial<CoreOptions> & { scope?: "view" | "operate" | "admin" } = {}) {
  const clock = new ManualClock();
  const { scope = "admin", folder = stateFolder(), ...rest } = options;
  const core = await openCore({ folder, clock, ...rest });
  const device = await pairDevice(core, clock, { scope });
  await until(() => core.results.length === 2);
  core.results.length = 0;
  return { core, clock, folder, device };
}

/** Gives one frame to the core and waits until `count` results of it left. */
async function give(core: Core, frame: Bytes, count: number): Promise<void> {
  const from = core.results.length;
  await core.pipeline.receive(frame);
  await until(() => core.results.length >= from + count);
}

const brief = (items: Awaited<ReturnType<typeof auditOf>>) =>
  items.map(({ op, status, text = "" }) => [op, status, text]);
const HELLO = ["device.hello", "done", ""];

it("keeps one entry for every last word of a device's command: who, when, what, about which session, result", async () => {
  const busy = (): Promise<never> => Promise.reject(new AppError("E_BUSY", {}));
  const { core, device, clock } = await fresh({ handlers: { "session.mode": busy } });
  const send = async (op: string, args: object, count: number, over: object = {}): Promise<void> =>
    give(core, await device.command(op, args, clock.now(), over), count);
  await send("session.start", START, 2);
  await send("session.prompt", PROMPT, 2);
  await send("session.mode", { s: S, mode: "plan" }, 2);
  await send("project.remove", { root: ROOT, more: 1 }, 1);
  await send("session.stop", { s: S }, 1, { exp: clock.now() - 1 });
  await send("session.stop", { s: S }, 1, { exp: clock.now() + EXP_RANGE_MS + 1 });
  await send("no.such", {}, 1);
  await send("device.rename", { name: "sofa", d: device.d }, 2);
  expect(await auditOf(core)).toEqual([
    { k: "cmd", by: device.d, g: 1, ctr: 1, op: "device.hello", status: "done" },
    expect.objectContaining({ op: "session.start", status: "done", g: 1, ctr: 2, root: ROOT }),
    { k: "cmd", by: device.d, g: 1, ctr: 3, op: "session.prompt", status: "done", s: S },
    { k: "cmd", by: device.d, g: 1, ctr: 4, op: "session.mode", status: "failed", text: "E_BUSY", s: S },
    { k: "cmd", by: device.d, g: 1, ctr: 5, op: "project.remove", status: "rejected", text: "E_SCHEMA", root: ROOT },
    { k: "cmd", by: device.d, g: 1, ctr: 6, op: "session.stop", status: "expired", text: "E_EXPIRED", s: S },
    { k: "cmd", by: device.d, g: 1, ctr: 7, op: "session.stop", status: "rejected", text: "E_EXP_RANGE", s: S },
    { k: "cmd", by: device.d, g: 1, ctr: 8, op: "no.such", status: "rejected", text: "E_SCHEMA" },
    { k: "cmd", by: device.d, g: 1, ctr: 9, op: "device.rename", status: "done", d: device.d },
  ]);
});

it("keeps a retry, a replay and an unstored refusal out: one verdict, one entry", async () => {
  const { core, device, clock } = await fresh();
  const frame = await device.command("session.stop", { s: S }, clock.now());
  await give(core, frame, 2);
  await give(core, frame, 1);
  await give(core, await device.command("session.stop", { s: S }, clock.now(), { ctr: 2 }), 1);
  expect(brief(await auditOf(core))).toEqual([HELLO, ["session.stop", "done", ""]]);
});

it("keeps reads out, and a read that its device may not make in", async () => {
  const { core, device, clock } = await fresh();
  const live = { class: 2, boot: core.boot };
  await give(core, await device.command("agent.probe", {}, clock.now(), live), 1);
  await give(core, await device.command("history.get", { s: S, from: 1, to: 2 }, clock.now(), live), 1);
  expect(brief(await auditOf(core))).toEqual([HELLO]);
});

it("keeps the console's commands too, whether done, failed or refused, before it hears of them", async () => {
  const fail = (): Promise<never> => Promise.reject(new AppError("E_NOT_FOUND", {}));
  const { core } = await fresh({ handlers: { "session.stop": fail } });
  await core.log.flush();
  await core.pipeline.desk("session.prompt", PROMPT);
  expect(core.db.all("SELECT 1 FROM item").length).toBe(1);
  await expect(core.pipeline.desk("session.stop", { s: S })).rejects.toMatchObject({ code: "E_NOT_FOUND" });
  await expect(core.pipeline.desk("session.prompt", { s: S, blocks: [] })).rejects.toMatchObject({ code: "E_SCHEMA" });
  await core.pipeline.desk("agent.probe", {});
  expect((await auditOf(core)).slice(1)).toEqual([
    { k: "cmd", by: "desk", op: "session.prompt", status: "done", s: S },
    { k: "cmd", by: "desk", op: "session.stop", status: "failed", text: "E_NOT_FOUND", s: S },
    { k: "cmd", by: "desk", op: "session.prompt", status: "rejected", text: "E_SCHEMA", s: S },
  ]);
});

it("keeps what the console does without a handler, and not the secret that came of it", async () => {
  const { core } = await fresh();
  const grant = { scope: "view", shell: false } as const;
  const { secret } = await core.pipeline.asDesk("pair.invite", grant, () => core.pairing.invite(grant));
  const refuse = (): Promise<never> => Promise.reject(new AppError("E_PAIR_CODE", {}));
  await expect(core.pipeline.asDesk("pair.accept", {}, refuse)).rejects.toMatchObject({ code: "E_PAIR_CODE" });
  const items = await auditOf(core);
  expect(brief(items).slice(1)).toEqual([
    ["pair.invite", "done", ""],
    ["pair.accept", "failed", "E_PAIR_CODE"],
  ]);
  expect(JSON.stringify(items)).not.toContain(toB64(secret));
});

it("never keeps a word of a prompt, nor what a device puts in the place of an operation or an id", async () => {
  const { core, device, clock } = await fresh();
  await give(core, await device.command("session.prompt", PROMPT, clock.now()), 2);
  await give(core, await device.command(SECRET.repeat(100), { s: SECRET }, clock.now()), 1);
  const items = await auditOf(core);
  expect(JSON.stringify(items)).not.toContain(SECRET);
  expect(items.at(-1)).toEqual({ k: "cmd", by: device.d, g: 1, ctr: 3, op: "", status: "rejected", text: "E_SCHEMA" });
});

/** What a kill -9 at this very moment leaves: the files as they are, opened by the next relay. */
function killed(folder: string): string {
  const left = stateFolder();
  cpSync(folder, left, { recursive: true });
  return left;
}

const VERDICTS = [
  { verdict: "done", op: "session.stop", args: { s: S }, over: {}, count: 2, text: "" },
  { verdict: "failed", op: "session.mode", args: { s: S, mode: "plan" }, over: {}, count: 2, text: "E_BUSY" },
  { verdict: "rejected", op: "session.stop", args: { s: S, more: 1 }, over: {}, count: 1, text: "E_SCHEMA" },
  { verdict: "expired", op: "session.stop", args: { s: S }, over: { exp: 1 }, count: 1, text: "E_EXPIRED" },
];

it.each(VERDICTS)("R6: killed as the verdict $verdict leaves, its entry is in the log once", async (given) => {
  const { verdict, op, args, over, count, text } = given;
  const images: string[] = [];
  const busy = (): Promise<never> => Promise.reject(new AppError("E_BUSY", {}));
  const handlers = { "session.mode": busy };
  const folder = stateFolder();
  const { core, device, clock } = await fresh({ folder, handlers, sent: () => images.push(killed(folder)) });
  await give(core, await device.command(op, args, clock.now(), over), count);
  const image = images.at(-1) ?? "";
  // Twice: the first start after the kill must not leave the entry to be written again by the second.
  for (const _start of ["first", "second"]) {
    const next = await openCore({ folder: image, clock });
    await next.pipeline.recover();
    expect(brief(await auditOf(next))).toEqual([HELLO, [op, verdict, text]]);
    await next.close();
  }
});

it("keeps what a crash interrupted as indeterminate, and of a device revoked meanwhile as rejected", async () => {
  const clock = new ManualClock();
  const folder = stateFolder();
  const never = (): Promise<never> => new Promise(() => undefined);
  const first = await openCore({ folder, clock, handlers: { "session.start": never } });
  const device = await pairDevice(first, clock);
  await until(() => first.results.length === 2);
  await give(first, await device.command("session.start", START, clock.now()), 1);
  await give(first, await device.command("session.start", START, clock.now()), 1);
  first.db.run("UPDATE cmd SET state = 'accepted' WHERE ctr = 3");
  const interrupted = killed(folder);
  await first.store.revoke(device.d);
  const core = await openCore({ folder: interrupted, clock });
  await core.pipeline.recover();
  await until(() => core.results.length >= 2);
  expect(brief(await auditOf(core)).slice(1)).toEqual([
    ["session.start", "indeterminate", ""],
    ["session.start", "done", ""],
  ]);
  const revoked = await openCore({ folder: killed(folder), clock });
  await revoked.pipeline.recover();
  expect(brief(await auditOf(revoked)).slice(1)).toEqual([
    ["session.start", "indeterminate", "E_REVOKED"],
    ["session.start", "rejected", "E_REVOKED"],
  ]);
});
