// What a person sees when the network goes silent, the machine dies, or the Worker does: the truth, and then everything.
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProduct, until, type Product } from "../../../relay/house/product.ts";
import { commandOf, isAlive } from "../../../relay/house/processes.ts";
import { newDevice, openBrowser } from "./browser.ts";
import { openProxy } from "./proxy.ts";
import {
  app,
  isDelivered,
  isLive,
  isQuiet,
  log,
  message,
  pairBy,
  say,
  shows,
  startSession,
  streamedLines,
  wholeLog,
} from "./screens.ts";

/** The silence of the issue, and how soon it must be told. ms. */
const SILENCE_MS = 60_000;
const TOLD_WITHIN_MS = 45_000;
/** Lines at 100 ms: the stream goes on before, during and after the silence. */
const LINES = 720;
const SLOW_PACE_MS = 100;
const PACE_MS = 40;
/** A browser says so itself when a server is gone. */
const CONNECTION_WORDS = /net::ERR_|WebSocket/u;

let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
});

test.concurrent("a silent network: told within 45 s, what is written stays on the phone, then everything once and in order", async () => {
  await withProduct(SLOW_PACE_MS, async (product) => {
    const proxy = await openProxy(product.url);
    const { page, complaints } = await phone({ proxy: proxy.address, expected: CONNECTION_WORDS });
    await pairBy(page, product.pair);
    await startSession(page, `stream ${LINES}`);
    await shows(page, /line 20\b/u);

    proxy.goSilent();
    const cutAt = performance.now();
    await page.locator('[data-live="stale"], [data-live="offline"]').waitFor({ timeout: TOLD_WITHIN_MS });
    expect(performance.now() - cutAt).toBeLessThan(TOLD_WITHIN_MS);
    await say(page, "stream 3 fast");
    await isDelivered(page, "stream 3 fast", "device");
    // The length of the silence is what is being tested.
    await delay(Math.max(0, SILENCE_MS - (performance.now() - cutAt)));
    expect(await page.locator('[data-delivery="device"]').getByText("stream 3 fast").count()).toBe(1);
    expect(await app(page).getAttribute("data-live")).not.toBe("live");

    proxy.heal();
    await isLive(page);
    await page.locator('[data-delivery="agent"]').getByText("stream 3 fast").waitFor({ timeout: 60_000 });
    await log(page).getByText("Turn 2", { exact: false }).waitFor();
    await isQuiet(page);
    expect(await streamedLines(page)).toEqual([...upTo(LINES), ...upTo(3)]);
    expect((await wholeLog(page)).split("stream 3 fast").length - 1).toBe(1);
    expect(complaints()).toEqual([]);
    await proxy.close();
  });
});

test.concurrent("kill -9 of the relay and its hosts, then of workerd, in a stream: shown as it is, resumed on request, nothing lost, nothing left", async () => {
  await withProduct(PACE_MS, async (product) => {
    const { page, complaints } = await phone({ expected: CONNECTION_WORDS });
    await pairBy(page, product.pair);
    await startSession(page, "stream 600");
    await shows(page, /line 20\b/u);
    const before = product.processes();

    await product.kill();
    for (const pid of before) if (commandOf(pid).endsWith("sessions/host/main.ts")) process.kill(pid, "SIGKILL");
    await isLive(page, "offline", "stale", "confirming");
    await message(page).waitFor();
    await product.restart();
    expect(before.filter((pid) => isAlive(pid))).toEqual([]);
    await isLive(page);
    await log(page).getByText("Interrupted", { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Stop", exact: true }).count()).toBe(0);
    const kept = await streamedLines(page);
    expect(kept.length).toBeGreaterThanOrEqual(20);
    expect(kept).toEqual(upTo(kept.length));

    await log(page).getByRole("button", { name: "Resume" }).click();
    await log(page).getByRole("button", { name: "Resume" }).waitFor({ state: "detached" });
    await workerDies(product, page);
    expect((await streamedLines(page)).slice(0, kept.length)).toEqual(kept);
    expect(complaints()).toEqual([]);
  });
});

/** kill -9 of workerd in the middle of a new turn; the relay goes on and so does the agent. */
async function workerDies(product: Product, page: Page): Promise<void> {
  const before = (await streamedLines(page)).length;
  await say(page, "stream 150");
  await isDelivered(page, "stream 150", "agent");
  await log(page).getByText("Turn 2", { exact: false }).waitFor();
  const pid = product.workerdPid();
  process.kill(pid, "SIGKILL");
  await until("another workerd", () => ![0, pid].includes(product.workerdPid()));
  await isLive(page);
  await shows(page, /line 150\b/u);
  await isQuiet(page);
  expect((await streamedLines(page)).slice(before)).toEqual(upTo(150));
}

async function phone(options: { readonly proxy?: string; readonly expected: RegExp }) {
  const device = await newDevice(browser, options);
  return { page: device.page, complaints: () => device.complaints() };
}

async function withProduct(demoPaceMs: number, run: (product: Product) => Promise<void>): Promise<void> {
  const product = await startProduct({ demoPaceMs });
  try {
    await run(product);
  } finally {
    await product.dispose();
  }
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}
