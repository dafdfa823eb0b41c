import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { machineOf, sessionOf } from "../gallery/sample-sessions.ts";
import { infoPath, machinePath, sessionPath } from "../hooks/route.ts";
import { openScreens, type Opening, type ScreenWorld } from "./screens.ts";

const SESSION = sessionPath({ machine: machineOf(1), session: sessionOf(1) });
const INFO = infoPath({ machine: machineOf(1), session: sessionOf(1) });
const PLACES = ["/", SESSION, INFO, "/inbox", "/board", "/more", "/new", machinePath(machineOf(1)), "/pair"];

const PATIENCE = { timeout: 15_000 };

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

async function open(opening: Opening): Promise<Page> {
  page = await world.open(opening);
  return page;
}

async function distanceToEnd(): Promise<number> {
  return page.getByRole("log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
}

/** Adds prose to the conversation, as a stream does. */
async function say(text: string): Promise<void> {
  await page.evaluate(
    ([words, session]) => {
      const { fake } = globalThis as unknown as {
        fake: { timeline: (of: string) => { set: (change: unknown) => void } };
      };
      const key = `said-${Math.random()}`;
      fake.timeline(session ?? "").set((view: { entries: unknown[] }) => ({
        ...view,
        entries: [...view.entries, { kind: "prose", key, at: 0, text: words, streaming: false }],
      }));
    },
    [text, sessionOf(1)] as const,
  );
}

test("names what can be done on home and in a session as the design says", async () => {
  await open({ at: "/" });
  const nav = page.getByRole("navigation", { name: "Main" });
  for (const name of ["Sessions", "Inbox", "Board", "More"]) await nav.getByRole("link", { name }).waitFor();
  await page.getByRole("button", { name: "New session" }).waitFor();
  await page.getByRole("link", { name: "Paginate the audit log", exact: true }).click();
  await page.getByRole("log", { name: "Conversation" }).waitFor();
  await page.getByRole("textbox", { name: "Message" }).fill("hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator('[data-delivery="device"]', { hasText: "hello" }).waitFor();
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
  expect(await page.locator("#app").getAttribute("data-live")).toBe("live");
});

test("answers a wait in place, and never calls it done before the machine does", async () => {
  await open({ at: "/inbox" });
  const card = page.getByRole("group", { name: "Run npm test -- upload --retries=0?" });
  await card.getByRole("button", { name: "Approve" }).click();
  await card.getByText("Your answer is on its way.").waitFor();
  expect(await card.getByRole("button", { name: "Approve" }).count()).toBe(0);
  expect(await card.getByText(/approved|done/iu).count()).toBe(0);
});

test("opens at the newest message and follows what comes", async () => {
  await open({ at: SESSION });
  await page.getByText("and show me the timings").waitFor();
  await say("Newest words of all");
  await page.getByText("Newest words of all").waitFor();
  await expect.poll(distanceToEnd).toBeLessThan(2);
  expect(await page.getByRole("button", { name: /new$|To the end/u }).count()).toBe(0);
});

/** A wheel scrolls on for some frames after its event. */
async function standsStill(): Promise<void> {
  await page.getByRole("log").evaluate(async (log) => {
    let last = Number.NaN;
    for (let frames = 0; frames < 20; frames = log.scrollTop === last ? frames + 1 : 0) {
      last = log.scrollTop;
      await new Promise(requestAnimationFrame);
    }
  });
}

test("holds the line being read when more comes, and the pill leads back to the end", async () => {
  await open({ at: SESSION });
  await page.getByText("and show me the timings").waitFor();
  await page.getByRole("log").hover();
  await page.mouse.wheel(0, -250);
  await page.getByRole("button", { name: "To the end" }).waitFor();
  await standsStill();
  // The line, not the offset: what is measured above it moves both together.
  const line = await page.getByRole("log").evaluateHandle((log) => {
    const { left, top, width, height } = log.getBoundingClientRect();
    return document.elementFromPoint(left + width / 2, top + height / 3)?.closest(".entry") ?? log;
  });
  const topOfLine = () => line.evaluate((element) => element.getBoundingClientRect().top);
  const before = await topOfLine();
  await say("Something while you read");
  await page.getByRole("button", { name: "1 new" }).waitFor();
  await expect.poll(topOfLine).toBeCloseTo(before, 0);
  expect(await line.evaluate((element) => element.matches(".entry") && element.isConnected)).toBe(true);
  await page.getByRole("button", { name: "1 new" }).click();
  await page.getByText("Something while you read").waitFor();
  await expect.poll(distanceToEnd).toBeLessThan(40);
});

test("puts an older page above without moving what is read", async () => {
  await open({ at: SESSION, state: "long" });
  await page.getByText("Line 300.", { exact: true }).waitFor();
  const log = page.getByRole("log");
  // Near the top, but not so near that older ones are asked for.
  await log.evaluate((element) => element.scrollTo(0, 1500));
  const line = page.getByText("Line 40.", { exact: true });
  await expect.poll(async () => (await line.boundingBox())?.y ?? 0, PATIENCE).toBeGreaterThan(0);
  const before = (await line.boundingBox())?.y ?? 0;
  await log.evaluate((element) => element.scrollBy(0, -400));
  await expect.poll(() => page.evaluate(() => Reflect.get(globalThis, "fake").asked), PATIENCE).toContain("older");
  await expect.poll(() => log.evaluate((element) => element.scrollHeight), PATIENCE).toBeGreaterThan(12_000);
  await expect
    .poll(async () => Math.abs(((await line.boundingBox())?.y ?? 0) - before - 400), PATIENCE)
    .toBeLessThan(3);
});

test("keeps few nodes for a long conversation", async () => {
  await open({ at: SESSION, state: "long" });
  await page.getByText("Line 300.", { exact: true }).waitFor();
  expect(await page.locator("*").count()).toBeLessThan(800);
});

test("keeps an unsent draft over a reload, for its session alone", async () => {
  await open({ at: SESSION });
  await page.getByRole("textbox", { name: "Message" }).fill("half a thought");
  await page.goto(world.address({ at: SESSION }));
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("half a thought");
  await page.getByRole("link", { name: "Back to sessions" }).click();
  await page.getByRole("link", { name: "Paginate the audit log", exact: true }).click();
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("");
});

test("shows list, session and info side by side on a desktop", async () => {
  await open({ at: SESSION, size: "desktop" });
  await page.getByRole("region", { name: "Sessions" }).getByRole("link", { name: "Add a dark theme" }).waitFor();
  await page.getByRole("main").getByRole("log").waitFor();
  await page.getByRole("region", { name: "Details" }).getByText("~/code/harbor-web").waitFor();
  expect(await page.locator(".pane:visible").count()).toBe(3);
});

test("says first what to do when nothing is paired, and refuses a text that is no link", async () => {
  await open({ at: "/", state: "first" });
  await page.getByRole("button", { name: "Paste a pairing link" }).click();
  await page.getByRole("textbox", { name: "Pairing link" }).fill("hello");
  await page.getByRole("button", { name: "Continue" }).click();
  await page
    .getByRole("alert")
    .getByText(/no pairing link/u)
    .waitFor();
  expect(await page.getByRole("navigation", { name: "Main" }).count()).toBe(0);
});

test("says in the past tense what is not proven", async () => {
  await open({ at: "/", state: "offline" });
  await page.getByText("Was running").waitFor();
  expect(await page.locator("#app").getAttribute("data-live")).toBe("offline");
  await page.getByText(/is offline\./u).waitFor();
});

test("starts a session with what was chosen and opens it", async () => {
  await open({ at: "/new" });
  await page.getByRole("radio", { name: /codex/u }).check({ force: true });
  await page.getByRole("textbox", { name: "Message" }).fill("Find the leak");
  await page.getByRole("button", { name: "Start session" }).click();
  await page.getByRole("log").waitFor();
  expect(await page.evaluate(() => Reflect.get(globalThis, "fake").asked)).toContain("start codex Find the leak");
});

test.each(PLACES.flatMap((at) => [[at, "light"] as const, [at, "dark"] as const]))(
  "%s in %s has no accessibility fault on a phone",
  async (at, theme) => {
    await open({ at, theme });
    expect(await faults()).toEqual([]);
  },
);

test.each(["/", SESSION, "/new"])("%s has no accessibility fault on a desktop", async (at) => {
  await open({ at, size: "desktop" });
  expect(await faults()).toEqual([]);
});

async function faults(): Promise<readonly string[]> {
  await page.locator("h1").first().waitFor();
  await page.addScriptTag({
    content: await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"),
  });
  const found = await page.evaluate(async () => {
    const axe = Reflect.get(globalThis, "axe");
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.map((each: { id: string; nodes: { html: string; failureSummary: string }[] }) => {
      return `${each.id}: ${each.nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`).join(" | ")}`;
    });
  });
  return found;
}

test("an empty Inbox and a board of a silent machine say that what they show may be old", async () => {
  await open({ at: "/inbox", state: "silent" });
  await page.getByText("Nothing waited when last confirmed").waitFor();
  await page.getByRole("button", { name: "Ask again" }).waitFor();
  await page.goto(world.address({ at: "/board", state: "silent" }));
  await page.getByRole("button", { name: "Ask again" }).waitFor();
  await page.goto(world.address({ at: "/inbox", state: "empty" }));
  await page.getByText("Nothing waits for you").waitFor();
  expect(await page.getByRole("button", { name: "Ask again" }).count()).toBe(0);
});

test("search takes the focus, so that one tap and words are enough", async () => {
  await open({ at: "/" });
  await page.getByRole("button", { name: "Search sessions" }).click();
  await page.keyboard.type("no such words");
  await page.getByText("No session matches “no such words”.").waitFor();
  await page.getByRole("button", { name: "End search" }).click();
  await page.getByRole("link", { name: "Paginate the audit log", exact: true }).waitFor();
  expect(await page.getByRole("textbox").count()).toBe(0);
});

test("a message on its way to an idle agent is not called stopped, however long it was idle; one held back is", async () => {
  await open({ at: SESSION });
  await page.getByRole("log").waitFor();
  const early = await page.evaluate(async (session) => {
    const { fake } = globalThis as unknown as { fake: { app: { set: (change: unknown) => void } } };
    fake.app.set((view: { sessions: { session: string }[] }) => ({
      ...view,
      waits: [],
      sessions: view.sessions.map((row) =>
        row.session === session ? { ...row, state: "idle", queued: 1, since: 0 } : row,
      ),
    }));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return [document.body.innerText.includes("1 queued"), document.body.innerText.includes("since it was stopped")];
  }, sessionOf(1));
  expect(early).toEqual([true, false]);
  await page.getByText("1 message waits since it was stopped.").waitFor();
});
