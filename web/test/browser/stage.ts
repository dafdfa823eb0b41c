// The screens with something on them: sessions in every state a newcomer meets, made by the demo agent.
import type { Page } from "playwright-core";
import type { Product } from "../../../relay/house/product.ts";
import { app, goTo, isLive, isQuiet, log, openSession, say, shows, startSession, wait } from "./screens.ts";

/** Everything that has an address or a sheet of its own. */
export const SCREENS = [
  "sessions",
  "inbox",
  "board",
  "more",
  "new session",
  "new session, project",
  "session",
  "session, long",
  "session, menu",
  "session, info",
  "machine",
  "machine, pair a device",
  "machine, revoke",
  "nothing here",
] as const;
export type ScreenName = (typeof SCREENS)[number];

/** Titles of the sessions on the stage; the first line of the prompt is the title. */
const TITLES = {
  long: "Tidy the notes of the project",
  waits: "Fix the flaky upload test",
  asks: "Choose a flavour for the demo",
  plans: "Add a dark theme",
  runs: "Bump the dependencies",
  failed: "Fetch the newest figures",
} as const;

/** Fills the machine with sessions, each in a project of its own. Takes some seconds. */
export async function showEverything(page: Page, product: Product): Promise<void> {
  await begin(page, product, `${TITLES.long}\nthink\nedit`);
  await wait(page, /^Edit /u)
    .getByRole("button", { name: "Approve" })
    .click();
  await shows(page, "I have edited");
  await isQuiet(page);
  await say(page, "run git log --oneline");
  await wait(page, /^Run git log/u)
    .getByRole("button", { name: "Approve" })
    .click();
  await shows(page, "has run.");
  await isQuiet(page);
  await say(page, "help");
  await shows(page, "I am the demo agent");
  await begin(page, product, `${TITLES.failed}\nfail`);
  await log(page).getByRole("alert").waitFor();
  await begin(page, product, `${TITLES.runs}\nhang`);
  await begin(page, product, `${TITLES.plans}\nplan`);
  await wait(page, /^Approve the plan/u).waitFor();
  await begin(page, product, `${TITLES.asks}\nask`);
  await wait(page, /^Which flavour/u).waitFor();
  await begin(page, product, `${TITLES.waits}\nthink\nrun printf '%s\\n' one two three`);
  await wait(page, /^Run printf/u).waitFor();
}

async function begin(page: Page, product: Product, prompt: string): Promise<void> {
  const path = product.newProject();
  await product.desk("project.add", { path });
  await page.goto(product.url);
  await isLive(page);
  await startSession(page, prompt, { project: path.slice(path.lastIndexOf("/") + 1) });
}

/** Opens a screen on a paired device and waits until it stands. */
export async function openScreen(page: Page, url: string, name: ScreenName): Promise<void> {
  await page.goto(url);
  await app(page).waitFor();
  await isLive(page);
  await OPEN[name](page, url);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}

const OPEN: Readonly<Record<ScreenName, (page: Page, url: string) => Promise<void>>> = {
  sessions: async (page) => page.getByRole("link", { name: TITLES.long, exact: true }).waitFor(),
  inbox: async (page) => {
    await goTo(page, "Inbox");
    await page.getByRole("list", { name: "Waiting for you" }).waitFor();
  },
  board: async (page) => goTo(page, "Board"),
  more: async (page) => goTo(page, "More"),
  "new session": openNew,
  "new session, project": async (page) => {
    await openNew(page);
    await page.getByRole("button", { name: /^Project: / }).click();
    await page.getByRole("dialog").waitFor();
  },
  session: async (page) => {
    await openSession(page, TITLES.waits);
    await wait(page, /^Run printf/u).waitFor();
  },
  "session, long": openLong,
  "session, menu": async (page) => {
    await openLong(page);
    await page.getByRole("button", { name: "Session menu" }).click();
    await page.getByRole("dialog").waitFor();
  },
  "session, info": async (page) => {
    await openLong(page);
    await page.getByRole("navigation", { name: "Session" }).getByRole("link", { name: "Info" }).click();
    await page.getByText("Folder", { exact: true }).first().waitFor();
  },
  machine: openMachine,
  "machine, pair a device": async (page) => {
    await openMachine(page);
    await page.getByRole("button", { name: "Pair a device" }).click();
    await page.getByRole("dialog").waitFor();
  },
  "machine, revoke": async (page) => {
    await openMachine(page);
    const revoke = page.getByRole("button", { name: /^Revoke / });
    if ((await revoke.count()) === 0) return;
    await revoke.first().click();
    await page.getByRole("dialog").waitFor();
  },
  "nothing here": async (page, url) => {
    await page.goto(`${url}/nowhere`);
    await page.getByText("Nothing is here").waitFor();
  },
};

async function openNew(page: Page): Promise<void> {
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("radio", { name: /^demo/ }).waitFor({ state: "attached" });
}

async function openLong(page: Page): Promise<void> {
  await openSession(page, TITLES.long);
  // Markdown is drawn plain until what draws it is there.
  await log(page).getByText("stream 50", { exact: true }).waitFor();
}

async function openMachine(page: Page): Promise<void> {
  await goTo(page, "More");
  await page.getByRole("list", { name: "Machines" }).getByRole("link").first().click();
  await page.getByRole("heading", { name: "Health" }).waitFor();
}

/** From the opened sheet to the link and its picture. A machine keeps few links open at once. */
export async function showLink(page: Page): Promise<void> {
  await page.getByRole("dialog").getByRole("button", { name: "Show a link" }).click();
  await page.getByRole("img", { name: "QR code of the pairing link" }).waitFor();
}
