// The app by its accessible names and data attributes only, as design.md section 6 fixes them.
import type { Locator, Page } from "playwright-core";

/** What carries `data-live`, `data-ready` and `data-alarm`. */
export function app(page: Page): Locator {
  return page.locator("[data-live]").first();
}

/** Resolves when the app shows what this browser knows. */
export async function isReady(page: Page): Promise<void> {
  await page.locator("[data-live][data-ready]").waitFor();
}

/** Resolves when `data-live` is one of these. */
export async function isLive(page: Page, ...any: readonly string[]): Promise<void> {
  const states = any.length === 0 ? ["live"] : any;
  await page.locator(states.map((state) => `[data-live="${state}"]`).join(", ")).waitFor();
}

/** Opens a pairing link and waits until the list of sessions stands there, live. */
export async function pairBy(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
  await isLive(page);
}

/** A link of the navigation. */
export async function goTo(page: Page, name: "Sessions" | "Inbox" | "Board" | "More"): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
}

/** Starts a session of the demo agent by the form and waits for its conversation. */
export async function startSession(
  page: Page,
  prompt: string,
  choose: { readonly project?: string; readonly mode?: string } = {},
): Promise<void> {
  await page.getByRole("button", { name: "New session" }).click();
  await page.getByRole("heading", { name: "New session" }).waitFor();
  await page.getByRole("radio", { name: /^demo/ }).check({ force: true });
  if (choose.project !== undefined) await choosePicked(page, /^Project: /, choose.project);
  if (choose.mode !== undefined) await choosePicked(page, /^Mode: /, choose.mode);
  await message(page).fill(prompt);
  await page.getByRole("button", { name: "Start session" }).click();
  await log(page).waitFor();
}

/** Opens a picker, takes one option, closes it. */
export async function choosePicked(page: Page, button: RegExp, option: string): Promise<void> {
  await page.getByRole("button", { name: button }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("radio", { name: new RegExp(`^${option}`) }).check();
  await sheet.getByRole("button", { name: "Choose" }).click();
  await sheet.waitFor({ state: "detached" });
}

/** The conversation. */
export function log(page: Page): Locator {
  return page.getByRole("log");
}

/** Where words go in. */
export function message(page: Page): Locator {
  return page.getByRole("textbox", { name: "Message", exact: true });
}

/** Says something to the agent of the open session. */
export async function say(page: Page, text: string): Promise<void> {
  await message(page).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

/** The bubble with exactly these words. */
export function bubble(page: Page, text: string): Locator {
  return page.locator("[data-delivery]").filter({ has: page.getByText(text, { exact: true }) });
}

/** Resolves when the bubble with these words is there in this state of delivery. */
export async function isDelivered(page: Page, text: string, delivery: string): Promise<void> {
  await page
    .locator(`[data-delivery="${delivery}"]`)
    .filter({ has: page.getByText(text, { exact: true }) })
    .waitFor();
}

/** The open wait that asks this. */
export function wait(page: Page, asks: RegExp | string): Locator {
  return page.getByRole("group", { name: asks });
}

/** Opens a session from the list. */
export async function openSession(page: Page, title: string): Promise<void> {
  await page.getByRole("link", { name: title, exact: true }).click();
  await log(page).waitFor();
}

/** Resolves when the conversation holds these words somewhere on the screen. */
export async function shows(page: Page, words: string | RegExp): Promise<void> {
  await log(page).getByText(words).first().waitFor();
}

/** Resolves when no turn runs: nothing is left to stop. */
export async function isQuiet(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "detached" });
}

/** Every "line N" of the demo agent in the conversation, in order, from the first to the last, scrolling through it. */
export async function streamedLines(page: Page): Promise<readonly number[]> {
  const text = await wholeLog(page);
  return [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
}

/** All words of the conversation; older parts are brought by scrolling up to where it begins. */
export async function wholeLog(page: Page): Promise<string> {
  return log(page).evaluate(async (element) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const seen = new Map<string, string>();
    const order: string[] = [];
    element.scrollTop = 0;
    for (let still = 0; still < 3; still += 1) {
      await frame();
      if (element.scrollTop > 0) [element.scrollTop, still] = [0, 0];
    }
    for (;;) {
      for (const entry of element.querySelectorAll<HTMLElement>(".entry")) {
        const text = entry.innerText;
        if (!seen.has(text)) order.push(text);
        seen.set(text, text);
      }
      if (element.scrollTop + element.clientHeight >= element.scrollHeight - 1) return order.join("\n");
      element.scrollTop += element.clientHeight;
      await frame();
    }
  });
}
