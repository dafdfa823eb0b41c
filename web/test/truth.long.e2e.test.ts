// What the screens say when something is not as it should be: stopped, revoked, interrupted, silent, forked.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deviceOf, machineOf, sessionOf } from "../gallery/sample-sessions.ts";
import { auditPath, machinePath, sessionPath } from "../hooks/route.ts";
import type { Alarm, AppView, OutboxRow, TimelineView } from "../live/model.ts";
import type { FakeLive } from "./fake-live.ts";
import { openScreens, type Opening, type ScreenWorld } from "./screens.ts";

const SESSION = sessionPath({ machine: machineOf(1), session: sessionOf(1) });
const OTHER = sessionPath({ machine: machineOf(1), session: sessionOf(11) });

let world: ScreenWorld;
let page: Page;

beforeAll(async () => {
  world = await openScreens();
});
afterEach(async () => {
  await page.context().close();
});
afterAll(async () => {
  await world.close();
});

async function open(opening: Opening, facts: Partial<AppView> = {}): Promise<void> {
  page = await world.open(opening);
  await page.evaluate((change) => {
    const { fake } = globalThis as unknown as { fake: FakeLive };
    fake.app.set((view) => ({ ...view, ...change }));
  }, facts);
}

const stop = (facts: Partial<OutboxRow>): OutboxRow => ({
  command: { machine: machineOf(1), g: 1, ctr: 1 },
  op: "session.cancel",
  session: sessionOf(1),
  sessionTitle: "Fix flaky upload test",
  label: "Stop the turn",
  at: 0,
  delivery: "device",
  refusal: null,
  ...facts,
});

async function setAlarm(alarm: Alarm): Promise<void> {
  await page.evaluate((change) => {
    const { fake } = globalThis as unknown as { fake: FakeLive };
    fake.app.set((view) => ({
      ...view,
      waits: [],
      machines: view.machines.slice(0, 1).map((machine) => ({ ...machine, alarm: change })),
    }));
  }, alarm);
}

test("a Stop on its way says where it is, and that the agent works on", async () => {
  await open({ at: SESSION }, { waits: [], outbox: [stop({ delivery: "stored" })] });
  await page.getByText("Stop is stored.").waitFor();
  await page.getByText("The agent works on until studio has it.").waitFor();
  expect(await page.getByRole("button", { name: "Stop", exact: true }).count()).toBe(0);
});

test("a Stop that was not carried out says why, and Stop can be tapped again", async () => {
  const refusal = { code: "E_EXPIRED", next: "It was not run." };
  await open({ at: SESSION }, { waits: [], outbox: [stop({ delivery: "refused", refusal })] });
  await page.getByText("It was not stopped. It was not run.").waitFor();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  expect(await page.evaluate(() => Reflect.get(globalThis, "fake").asked)).toContain("retry");
});

test("an interrupted session stands above what runs and offers to resume, on the board in a column of its own", async () => {
  await open({ at: "/" });
  const names = await page.getByRole("heading", { level: 2 }).allInnerTexts();
  expect(names.map((name) => name.split(/[\n\d]/u)[0]?.trim())).toEqual([
    "Needs you",
    "Interrupted",
    "Running",
    "Idle",
    "Done",
  ]);
  await page.getByText("Interrupted. Open it to resume").waitFor();
  await page.goto(world.address({ at: "/board" }));
  const column = page.getByRole("region", { name: "Interrupted" });
  await column.getByRole("link", { name: "Nightly dependency sweep" }).waitFor();
});

test("the board of a silent machine says what was, in the past tense", async () => {
  await open({ at: "/board", state: "silent" });
  await page.getByText("The agent worked when last confirmed").waitFor();
  expect(await page.getByText("The agent works", { exact: true }).count()).toBe(0);
});

test("a revoked device is told to pair again, and is offered nothing that cannot work", async () => {
  await open({ at: machinePath(machineOf(1)) });
  await page.getByRole("button", { name: "Check again" }).waitFor();
  await page.evaluate(() => {
    const { fake } = globalThis as unknown as { fake: FakeLive };
    fake.app.set((view) => ({ ...view, machines: view.machines.map((each) => ({ ...each, refused: "revoked" })) }));
  });
  await page.getByRole("button", { name: "Pair again" }).waitFor();
  for (const name of [/^Check again/u, /^Rename /u, /^Revoke /u, /^Pair a device/u]) {
    expect(await page.getByRole("button", { name }).count()).toBe(0);
  }
  await page.getByRole("button", { name: "Machine menu" }).click();
  await page.getByRole("button", { name: /^Forget it/u }).waitFor();
  expect(await page.getByRole("button", { name: /^Reconnect now/u }).count()).toBe(0);
});

test("a forked conversation takes no more words, and Stop stays", async () => {
  await open({ at: SESSION });
  await page.getByRole("log").waitFor();
  await setAlarm({ kind: "forked", session: sessionOf(1) });
  await page.evaluate((session) => {
    const { fake } = globalThis as unknown as { fake: FakeLive };
    fake.timeline(session).set((view: TimelineView) => ({ ...view, alarm: { kind: "forked", session } }));
  }, sessionOf(1));
  await page.getByText("There are two versions of this conversation.").waitFor();
  expect(await page.getByRole("textbox", { name: "Message" }).count()).toBe(0);
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  await page.getByRole("button", { name: "Start another" }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/new");
});

test("an alarm about another conversation names it, and leads there", async () => {
  await open({ at: OTHER });
  await page.getByRole("log").waitFor();
  await setAlarm({ kind: "forked", session: sessionOf(1) });
  await page.getByText("There are two versions of “Fix flaky upload test”.").waitFor();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe(SESSION);
});

test("a held device is called held in the list, and what confirms it names it", async () => {
  await open({ at: machinePath(machineOf(1)), state: "keys" });
  const row = page.getByRole("list", { name: "Devices" }).getByRole("listitem").filter({ hasText: "Firefox on Linux" });
  await row.getByText("held, see Keys").waitFor();
  expect(await row.innerText()).not.toContain("may read");
  await page.getByText(`kelpie devices confirm ${deviceOf(3).slice(0, 8)}`).waitFor();
});

test("an audit trail without an entry says so, and one of a long name hides nothing", async () => {
  await open({ at: auditPath(machineOf(1)), state: "empty" });
  await page.getByText("Nothing was asked yet.").waitFor();
  await page.goto(world.address({ at: auditPath(machineOf(1)), state: "keys" }));
  await page.getByText("Failed", { exact: true }).first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test.each(["phone", "desktop"] as const)("the longest machine name leaves its state in sight on a %s", async (size) => {
  await open({ at: "/", size, state: "keys" });
  const strip = page.getByRole("group", { name: "Machines" });
  const words = await strip.getByRole("button").evaluate((chip) => {
    const range = document.createRange();
    if (chip.lastChild !== null) range.selectNodeContents(chip.lastChild);
    return { said: range.toString(), right: range.getBoundingClientRect().right };
  });
  const box = await strip.boundingBox();
  expect(words.said).toBe("live");
  expect(words.right).toBeLessThanOrEqual((box?.x ?? 0) + (box?.width ?? 0));
});

test("a machine that went back is not blamed on the server; withheld news can be asked for again", async () => {
  await open({ at: SESSION });
  await setAlarm({ kind: "rolled-back", session: sessionOf(1) });
  const alert = page.getByRole("alert");
  await alert.getByText("studio went back to an older state.").waitFor();
  expect(await alert.innerText()).not.toMatch(/server/iu);
  await setAlarm({ kind: "withheld", session: null, said: 9, got: 8 });
  await alert.getByText(/studio has news that this .* did not get/u).waitFor();
  await alert.getByRole("button", { name: "Ask again" }).click();
  expect(await page.evaluate(() => Reflect.get(globalThis, "fake").asked)).toContain("reconnect");
});
