// Keys over time in a real browser, where they rest in IndexedDB: a restored machine's device changes its own, a person
// changes everybody's.
import { chmodSync, cpSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "../../../schema/index.ts";
import { startProduct, until, type Product } from "../../../relay/house/product.ts";
import { newDevice, openBrowser } from "./browser.ts";
import { goTo, isDelivered, isLive, isQuiet, pairBy, say, shows, startSession } from "./screens.ts";

const rows = z.array(z.object({ name: z.string(), g: z.int(), mustRekey: z.boolean() }));

let browser: Browser;
let product: Product;

beforeAll(async () => {
  browser = await openBrowser();
  product = await startProduct({ demoPaceMs: 5 });
});
afterAll(async () => {
  await product.dispose();
  await browser.close();
});

/** The state folder is copied, and the copy takes its place. */
async function restoreCopy(): Promise<void> {
  await product.stop();
  const aside = `${product.stateDir}-old`;
  renameSync(product.stateDir, aside);
  cpSync(aside, product.stateDir, { recursive: true });
  chmodSync(product.stateDir, 0o700);
  for (const name of ["agents", "worker"]) chmodSync(join(product.stateDir, name), 0o700);
  rmSync(aside, { recursive: true });
  await product.restart();
}

async function openMachine(page: Page): Promise<void> {
  await goTo(page, "More");
  await page.getByRole("list", { name: "Machines" }).getByRole("link").first().click();
}

test("a browser changes its keys with a machine that went on from a copy, and a person changes everybody's", async () => {
  const device = await newDevice(browser, { expected: /net::ERR_|WebSocket/u });
  const { page } = device;
  await pairBy(page, product.pair);
  await startSession(page, "help");
  await shows(page, "I am the demo agent");
  await isQuiet(page);

  await restoreCopy();
  let [state] = rows.parse(await product.desk("devices.list"));
  for (let tries = 0; state?.g !== 2 && tries < 300; tries++) {
    await page.waitForTimeout(100);
    [state] = rows.parse(await product.desk("devices.list"));
  }
  await until("the browser has new keys", () => state?.g === 2);
  await isLive(page);
  await page.reload();
  await isLive(page);
  await say(page, "stream 3");
  await isDelivered(page, "stream 3", "agent");

  await page.goto(product.url);
  await isLive(page);
  await openMachine(page);
  await page.getByText("was copied or moved", { exact: false }).waitFor();
  await page.getByRole("button", { name: "Change the keys now" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Change the keys", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("changed the keys for everyone (number 3)", { exact: false }).waitFor();
  expect(device.complaints()).toEqual([]);
});
