// Row 8: opening a session of 10,000 messages on a slow phone, cold and from the device's cache, and scrolling in it.
import { chromium, type Page } from "playwright-core";
import { CHROMIUM_ARGS, findOrInstallChromium } from "../../house/chromium.ts";
import { openLab, type Lab } from "../lab.ts";
import type { Measured } from "../report.ts";

const MESSAGES = 10_000;
const PHONE = { width: 390, height: 844 };
const SLOWER = 4;
const WITHIN_MS = 60_000;
const WHEEL_STEPS = 40;
const WHEEL_PIXELS = 600;
const WHEEL_EVERY_MS = 50;
/**
 * The page times itself, from the tap (or its own start) to the frame after the one with the newest message: looking for
 * it from outside costs a slow processor more than showing it.
 */
const TIME_ITSELF = `
  window.since = 0;
  addEventListener("click", () => (window.since = performance.now()), { capture: true });
  const isShown = () => document.querySelector("[role=log]")?.textContent.includes("#${MESSAGES - 1} @") === true;
  window.untilShown = async () => {
    while (!isShown()) await new Promise(requestAnimationFrame);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - window.since;
  };
`;
/** Watched from the page's first moment; the longest is asked for later. */
const WATCH_LONG_TASKS =
  "window.longTasks = []; new PerformanceObserver((list) => { for (const task of list.getEntries()) window.longTasks.push(task.duration); }).observe({ entryTypes: ['longtask'] });";

export async function longSession(): Promise<Measured[]> {
  const lab = await openLab();
  const browser = await chromium.launch({ executablePath: await findOrInstallChromium(), args: [...CHROMIUM_ARGS] });
  try {
    const session = await lab.session("bench");
    await lab.print(session, { count: MESSAGES, everyMs: 1, size: 98, from: 0 });
    const context = await browser.newContext({ viewport: PHONE, isMobile: true, hasTouch: true });
    await context.addInitScript(WATCH_LONG_TASKS);
    await context.addInitScript(TIME_ITSELF);
    const page = await context.newPage();
    await page.goto(await linkOf(lab));
    const row = page.getByRole("link", { name: /Bench/ }).first();
    await row.waitFor({ timeout: WITHIN_MS });
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    const coldMs = await timeUntilShown(page, () => row.click());
    const nodes = await count(page, "document.querySelectorAll('*').length");
    const longestMs = await longestTaskWhileScrolling(page);
    // What came is stored behind the view; a reload at once would find less than a person's next visit does.
    await page.waitForTimeout(2_000);
    const reloadMs = await timeUntilShown(page, () => page.reload());
    // Home again as on another day: nothing of the conversation is in memory.
    await page.goto(lab.origin);
    await page.locator("[data-live=live]").waitFor({ timeout: WITHIN_MS });
    await page.waitForTimeout(1_000);
    const cachedMs = await timeUntilShown(page, () => row.click());
    return [
      {
        ...{
          row: "long session",
          what: `opening a session of ${MESSAGES} messages, ${SLOWER} x slower processor`,
          unit: "ms",
        },
        value: { cold: coldMs, cached: cachedMs, reload: reloadMs, "longest task": longestMs, nodes },
        atMost: { cold: 1000, cached: 300, "longest task": 50, nodes: 800 },
        note: "from the tap in the list; reload: the whole page anew on the session; nodes: elements in the document",
      },
    ];
  } finally {
    await browser.close();
    await lab.stop();
  }
}

async function linkOf({ device, machine }: Lab): Promise<string> {
  const invitation = await device.calls.invite(machine, "admin", false);
  if (!invitation.ok) throw new Error(`no invitation: ${invitation.refusal.code}`);
  return invitation.data.url;
}

async function timeUntilShown(page: Page, open: () => Promise<unknown>): Promise<number> {
  await open();
  return page.evaluate("untilShown()").then(Number);
}

async function longestTaskWhileScrolling(page: Page): Promise<number> {
  await page.waitForTimeout(1_000);
  await page.evaluate("window.longTasks.length = 0");
  await page.mouse.move(PHONE.width / 2, PHONE.height / 2);
  for (let step = 0; step < WHEEL_STEPS; step += 1) {
    await page.mouse.wheel(0, -WHEEL_PIXELS);
    await page.waitForTimeout(WHEEL_EVERY_MS);
  }
  return count(page, "Math.max(0, ...window.longTasks)");
}

function count(page: Page, expression: string): Promise<number> {
  return page.evaluate(expression).then(Number);
}
