import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionId } from "../../../schema/index.ts";
import type { Device } from "../device.ts";
import {
  bubble,
  commandOf,
  endedTurns,
  lineNumbers,
  openWait,
  openWorld,
  prose,
  settledWaits,
  stateOf,
  upTo,
  type World,
} from "./world.ts";

let world: World;
let phone: Device;
let tablet: Device;

beforeAll(async () => {
  world = await openWorld({ demoPaceMs: 5 });
  phone = await world.device("phone");
  tablet = await world.device("tablet");
  await phone.waitFor(() => phone.view().machines[0]?.devices.length === 2);
});
afterAll(() => world.close());

/** A session of the phone that the tablet looks at too. */
async function begin(prompt?: string): Promise<SessionId> {
  const session = await world.begin(phone, prompt);
  await tablet.waitFor(() => stateOf(tablet, session));
  await tablet.watch(session);
  return session;
}

async function bothSee<T>(look: (device: Device) => T | null | undefined | false): Promise<T[]> {
  return Promise.all([phone, tablet].map((device) => device.waitFor(() => look(device))));
}

async function turnEnds(session: SessionId, count: number): Promise<void> {
  await bothSee((device) => endedTurns(device, session).length === count);
}

test("two devices see the same words, and a second turn follows the first", async () => {
  const session = await begin("stream 8");
  await turnEnds(session, 1);
  commandOf(await tablet.prompt(session, "stream 3"));
  await turnEnds(session, 2);
  for (const device of [phone, tablet]) {
    expect(lineNumbers(prose(device, session))).toEqual([...upTo(8), ...upTo(3)]);
  }
  expect(bubble(tablet, session, "stream 3")).toMatchObject({ delivery: "agent", by: null });
  expect(bubble(phone, session, "stream 3")).toMatchObject({ delivery: "agent", by: "tablet", command: null });
});

test("a permission answered on one device runs the command, and both learn who answered", async () => {
  const session = await begin("run echo from-the-shell");
  const [wait] = await bothSee((device) => openWait(device, session));
  expect(wait?.kind).toBe("permission");
  await bothSee((device) => device.view().waits.some((row) => row.session === session));
  if (wait === undefined) return;
  commandOf(await phone.calls.answer(wait, { option: "yes" }));
  await turnEnds(session, 1);
  expect(settledWaits(phone, session)).toEqual([{ by: "you", outcome: "Approved" }]);
  expect(settledWaits(tablet, session)).toEqual([{ by: "phone", outcome: "Approved" }]);
  const outputs = tablet.entries(session).flatMap((entry) => (entry.kind === "tool" ? [entry.tool.output] : []));
  expect(outputs.join("")).toContain("from-the-shell");
  await bothSee((device) => !device.view().waits.some((row) => row.session === session));
});

test("of two answers at once exactly one takes effect, and both devices agree which", async () => {
  const session = await begin("run echo race");
  const [onPhone, onTablet] = await bothSee((device) => openWait(device, session));
  if (onPhone === undefined || onTablet === undefined) throw new Error("no wait");
  const answers = await Promise.all([
    phone.calls.answer(onPhone, { option: "yes" }),
    tablet.calls.answer(onTablet, { option: "no" }),
  ]);
  for (const answer of answers) commandOf(answer);
  await turnEnds(session, 1);
  const [mine, theirs] = [settledWaits(phone, session), settledWaits(tablet, session)];
  expect(mine).toHaveLength(1);
  expect(theirs.map(({ outcome }) => outcome)).toEqual(mine.map(({ outcome }) => outcome));
  expect([mine[0]?.by, theirs[0]?.by]).toEqual(mine[0]?.by === "you" ? ["you", "phone"] : ["tablet", "you"]);
  const settled = (await world.product.items(session)).filter(({ item }) => item.k === "waitdone");
  expect(settled).toHaveLength(1);
  const loser = mine[0]?.by === "you" ? tablet : phone;
  await loser.waitFor(() => loser.view().outbox.some((row) => row.refusal?.code === "E_RESOLVED"));
});

test("a question, a plan and a usage limit are waits that a device or the clock settles", async () => {
  const session = await begin("ask");
  const [question] = await bothSee((device) => openWait(device, session));
  if (question?.request?.kind !== "question") throw new Error("no question");
  commandOf(await tablet.calls.answer(question, { choices: [[1]] }));
  await turnEnds(session, 1);
  expect(prose(phone, session)).toContain("You chose chocolate.");

  commandOf(await phone.prompt(session, "plan"));
  const [plan] = await bothSee((device) => openWait(device, session));
  if (plan?.request?.kind !== "plan") throw new Error("no plan");
  expect(plan.request.req.plan).toContain("Make the smallest change");
  commandOf(await phone.calls.answer(plan, { option: plan.request.req.options[0]?.optionId ?? "" }));
  await turnEnds(session, 2);
  const steps = tablet.entries(session).flatMap((entry) => (entry.kind === "plan" ? [entry.steps] : []));
  expect(steps.at(-1)?.map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);

  commandOf(await phone.prompt(session, "limit 1s"));
  const [limit] = await bothSee((device) => openWait(device, session));
  expect(limit).toMatchObject({ kind: "limit", until: expect.any(Number) });
  await turnEnds(session, 3);
  expect(settledWaits(tablet, session).at(-1)).toEqual({ by: "the clock", outcome: "Limit over" });
});

test("an edit is shown as a diff; a mode that accepts edits asks no more", async () => {
  const session = await begin("edit");
  const [wait] = await bothSee((device) => openWait(device, session));
  if (wait === undefined) throw new Error("no wait");
  commandOf(await tablet.calls.answer(wait, { option: "yes" }));
  await turnEnds(session, 1);
  const diffs = (): { path: string; before: string | null; after: string }[] =>
    phone.entries(session).flatMap((entry) => (entry.kind === "tool" ? entry.tool.diffs : []));
  expect(diffs()).toMatchObject([{ before: null, after: expect.stringContaining("- edit of turn 1") }]);
  commandOf(await phone.calls.setMode(phone.machine, session, "accept-edits"));
  await bothSee((device) =>
    device.view().sessions.some((row) => row.session === session && row.mode === "accept-edits"),
  );
  commandOf(await phone.prompt(session, "edit"));
  await turnEnds(session, 2);
  expect(settledWaits(phone, session)).toHaveLength(1);
  expect(diffs()[1]).toMatchObject({
    before: expect.stringContaining("turn 1"),
    after: expect.stringContaining("turn 2"),
  });
});

test("prompts queued while a turn runs can be edited and withdrawn; stop ends the turn only", async () => {
  const session = await begin("hang");
  await bothSee((device) => bubble(device, session, "hang")?.delivery === "agent");
  const first = commandOf(await phone.prompt(session, "stream 9"));
  const second = commandOf(await phone.prompt(session, "never to be run"));
  await bothSee((device) => bubble(device, session, "never to be run")?.queued === true);
  expect(bubble(phone, session, "stream 9")?.delivery).toBe("machine");
  commandOf(await phone.calls.editPrompt(phone.machine, session, first, "stream 2"));
  await bothSee((device) => bubble(device, session, "stream 2")?.queued === true);
  commandOf(await phone.calls.withdrawPrompt(phone.machine, session, second));
  await bothSee((device) => bubble(device, session, "never to be run")?.queued !== true);
  commandOf(await tablet.calls.cancelTurn(tablet.machine, session));
  await bothSee((device) => endedTurns(device, session)[0] === "cancelled");
  // A stop holds the queue: what was meant for after the work is not begun behind the person's back.
  await bothSee((device) => stateOf(device, session) === "idle");
  expect(bubble(tablet, session, "stream 2")?.queued).toBe(true);
  commandOf(await phone.calls.resumeSession(phone.machine, session));
  await turnEnds(session, 2);
  expect(lineNumbers(prose(tablet, session))).toEqual([1, 2]);
  expect(JSON.stringify(await world.product.items(session)).match(/"k":"turn"/g)).toHaveLength(2);
});

test("stop ends the agent, resume brings it back, archive is seen by both", async () => {
  const session = await begin("stream 2");
  await turnEnds(session, 1);
  commandOf(await tablet.calls.stopSession(tablet.machine, session));
  await bothSee((device) => stateOf(device, session) === "ended");
  commandOf(await phone.calls.resumeSession(phone.machine, session));
  await bothSee((device) => stateOf(device, session) === "idle");
  commandOf(await phone.prompt(session, "stream 1"));
  await turnEnds(session, 2);
  commandOf(await phone.calls.stopSession(phone.machine, session));
  await bothSee((device) => stateOf(device, session) === "ended");
  commandOf(await phone.calls.archiveSession(phone.machine, session));
  await bothSee((device) => device.view().sessions.some((row) => row.session === session && row.archived));
  expect(lineNumbers(prose(tablet, session))).toEqual([1, 2, 1]);
});

test("an agent that dies in a turn leaves an interrupted session that a prompt brings back", async () => {
  const session = await begin("stream 3 then crash");
  await bothSee((device) => stateOf(device, session) === "interrupted");
  commandOf(await tablet.prompt(session, "stream 4"));
  await bothSee((device) => lineNumbers(prose(device, session)).length === 7);
  await bothSee((device) => stateOf(device, session) === "idle");
  expect(lineNumbers(prose(phone, session))).toEqual([...upTo(3), ...upTo(4)]);
});
