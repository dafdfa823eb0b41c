// A day with the demo agent on a phone, and on a second device beside it: everything by its accessible name.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startProduct, type Product } from "../../../relay/house/product.ts";
import { DESKTOP, newDevice, openBrowser, type BrowserDevice } from "./browser.ts";
import { layoutShift, WATCH_SHIFTS } from "./layout-shift.ts";
import {
  bubble,
  choosePicked,
  goTo,
  isDelivered,
  isLive,
  isQuiet,
  log,
  message,
  openSession,
  pairBy,
  say,
  shows,
  startSession,
  streamedLines,
  wait,
  wholeLog,
} from "./screens.ts";

/** Slow enough to look at a stream while it runs. */
const PACE_MS = 40;

let browser: Browser;
let product: Product;
let phone: BrowserDevice;
let page: Page;

beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct({ demoPaceMs: PACE_MS }), openBrowser()]);
  phone = await newDevice(browser, { scripts: [WATCH_SHIFTS] });
  page = phone.page;
  await pairBy(page, product.pair);
});
beforeEach(async () => {
  await page.goto(product.url);
  await isLive(page);
});
afterAll(async () => {
  await browser.close();
  await product.dispose();
});

/** A session in a project of its own, whose path it returns: one working tree has one writer. */
async function begin(prompt: string): Promise<string> {
  const path = product.newProject();
  await product.desk("project.add", { path });
  const name = path.slice(path.lastIndexOf("/") + 1);
  await page.goto(product.url);
  await startSession(page, prompt, { project: name });
  return path;
}

test("streams an answer as it comes, the message read by the agent, and nothing on the screen jumps", async () => {
  await begin("stream 40");
  await isDelivered(page, "stream 40", "agent");
  await shows(page, /line 5\b/u);
  expect(await log(page).innerText()).not.toContain("line 40");
  await page.evaluate("resetShift()");
  await shows(page, /line 40\b/u);
  await isQuiet(page);
  expect(await layoutShift(page)).toBeLessThan(0.01);
  expect(await streamedLines(page)).toEqual(upTo(40));

  await say(page, "stream 2 fast");
  await isDelivered(page, "stream 2 fast", "agent");
  await log(page).getByText("Turn 2", { exact: false }).waitFor();
  await isQuiet(page);
  expect(phone.complaints()).toEqual([]);
});

test("answers a permission in the session and another in the Inbox; an edit is shown as a diff", async () => {
  const project = await begin("run echo harbour-light");
  const command = wait(page, /^Run echo harbour-light\?/u);
  await command.getByRole("button", { name: "Approve" }).click();
  await command.waitFor({ state: "detached" });
  await shows(page, "has run.");
  await isQuiet(page);

  await say(page, "edit");
  await wait(page, /^Edit .*kelpie-demo\.md\?/u).waitFor();
  await page.getByRole("link", { name: "Back to sessions" }).click();
  await goTo(page, "Inbox");
  const edit = page
    .getByRole("list", { name: "Waiting for you" })
    .getByRole("group", { name: /^Edit .*kelpie-demo\.md\?/u });
  await edit.getByText("Written by the demo agent.").waitFor();
  await edit.getByRole("button", { name: "Approve" }).click();
  await page.getByText("Nothing waits for you").waitFor();

  await goTo(page, "Sessions");
  await openSession(page, "run echo harbour-light");
  await shows(page, "I have edited");
  const whole = await wholeLog(page);
  expect(whole).toMatch(/\+\d+ −0/u);
  expect(whole).toContain("Approved by you: Run echo harbour-light");
  expect(whole).toContain("Approved by you: Edit");
  expect(readFileSync(join(project, "kelpie-demo.md"), "utf8")).toContain("Written by the demo agent.");
  expect(phone.complaints()).toEqual([]);
});

test("asks a question, presents a plan, denies what is denied, and changes its mode", async () => {
  await begin("ask");
  const question = wait(page, "Which flavour should the demo have?");
  await question.getByRole("radio", { name: /Chocolate/u }).check();
  await question.getByRole("button", { name: "Answer" }).click();
  await shows(page, "You chose chocolate.");

  await say(page, "plan");
  const plan = wait(page, /^Approve the plan/u);
  await plan.getByText("Make the smallest change").waitFor();
  await plan.getByRole("textbox", { name: "What to change in the plan" }).waitFor();
  await plan.getByRole("button", { name: "Approve" }).click();
  await shows(page, "The plan is done.");

  await say(page, "run echo not-this");
  await wait(page, /^Run echo not-this/u)
    .getByRole("button", { name: "Deny" })
    .click();
  await isQuiet(page);
  expect(await wholeLog(page)).toContain("Denied by you: Run echo not-this");

  await choosePicked(page, /^Mode: /u, "Accept edits");
  await page.getByRole("button", { name: "Mode: Accept edits" }).waitFor();
  await say(page, "edit");
  await shows(page, "I have edited");
  expect(await wait(page, /^Edit /u).count()).toBe(0);
  expect(phone.complaints()).toEqual([]);
});

test("a message while it works waits in line, can be changed and taken back; Stop stops", async () => {
  await begin("hang");
  await isDelivered(page, "hang", "agent");
  await say(page, "stream 3");
  await isDelivered(page, "stream 3", "machine");
  await bubble(page, "stream 3").getByRole("button", { name: "Edit" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "Queued message" }).fill("stream 4 fast");
  await sheet.getByRole("button", { name: "Save" }).click();
  await isDelivered(page, "stream 4 fast", "machine");
  expect(await bubble(page, "stream 3").count()).toBe(0);

  await say(page, "stream 7 fast");
  await isDelivered(page, "stream 7 fast", "machine");
  await bubble(page, "stream 7 fast").getByRole("button", { name: "Withdraw" }).click();
  await bubble(page, "stream 7 fast").waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await log(page)
    .getByText(/Turn 1 .*stopped/u)
    .waitFor();
  expect(phone.complaints()).toEqual([]);
});

test("a second device, paired from the first, sees the same; each learns who answered; two tabs share what is sent", async () => {
  await begin("run echo who-answers");
  const url = page.url();
  const title = "run echo who-answers";
  await wait(page, /^Run echo who-answers/u).waitFor();

  const link = await linkFromMachineScreen();
  const laptop = await newDevice(browser, { size: DESKTOP });
  await pairBy(laptop.page, link);
  await page.getByText("is paired. Every other device has been told.", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Done" }).click();
  await page.goto(url);
  await wait(page, /^Run echo who-answers/u).waitFor();

  await openSession(laptop.page, title);
  await wait(laptop.page, /^Run echo who-answers/u)
    .getByRole("button", { name: "Approve" })
    .click();
  await shows(page, /Approved by Chrome on Linux: Run echo who-answers|Approved by .*: Run echo who-answers/u);
  expect(await wholeLog(page)).not.toContain("Approved by you");
  expect(await wholeLog(laptop.page)).toContain("Approved by you");
  await isQuiet(page);

  const tab = await phone.newTab();
  await tab.goto(url);
  await log(tab).waitFor();
  await say(tab, "stream 5 fast");
  await isDelivered(tab, "stream 5 fast", "agent");
  await isDelivered(page, "stream 5 fast", "agent");
  await shows(laptop.page, /line 5\b/u);
  await say(page, "stream 6 fast");
  await isDelivered(tab, "stream 6 fast", "agent");
  await isQuiet(tab);
  await isQuiet(page);
  expect(count(await wholeLog(tab), "stream 5 fast")).toBe(1);
  expect(await wholeLog(tab)).toBe(await wholeLog(page));
  expect([...phone.complaints(), ...laptop.complaints()]).toEqual([]);
  await tab.close();
  await laptop.close();
});

test("a reload in the middle of a stream loses nothing, and a draft stays", async () => {
  await begin("stream 60");
  await shows(page, /line 5\b/u);
  await message(page).fill("half a thought");
  await page.reload();
  await isLive(page);
  expect(await message(page).inputValue()).toBe("half a thought");
  await shows(page, /line 60\b/u);
  await isQuiet(page);
  expect(await streamedLines(page)).toEqual(upTo(60));
  expect(phone.complaints()).toEqual([]);
});

test("says what went wrong in the agent's own words", async () => {
  await begin("fail");
  await log(page).getByRole("alert").getByText("529 overloaded_error", { exact: false }).waitFor();
  expect(phone.complaints()).toEqual([]);
});

async function linkFromMachineScreen(): Promise<string> {
  await page.goto(product.url);
  await goTo(page, "More");
  await page.getByRole("list", { name: "Machines" }).getByRole("link").first().click();
  await page.getByRole("button", { name: "Pair a device" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("radio", { name: "Everything" }).check({ force: true });
  await sheet.getByRole("button", { name: "Show a link" }).click();
  await sheet.getByRole("img", { name: "QR code of the pairing link" }).waitFor();
  return sheet.getByText(`${product.url}/pair#1.`, { exact: false }).first().innerText();
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
