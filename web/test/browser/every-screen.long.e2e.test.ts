// Every screen in both themes and sizes before an automated checker, under a thumb, and the machine's own screen in use.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProduct, type Product } from "../../../relay/house/product.ts";
import { breaches, CHECKER, smallTargets, tabOrder } from "./accessibility.ts";
import { DESKTOP, newDevice, openBrowser, PHONE, type BrowserDevice } from "./browser.ts";
import { goTo, isLive, isReady, message, pairBy } from "./screens.ts";
import { openScreen, SCREENS, showEverything, showLink } from "./stage.ts";

let browser: Browser;
let product: Product;
let phone: BrowserDevice;
const devices: BrowserDevice[] = [];

beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct({ demoPaceMs: 5 }), openBrowser()]);
  phone = await paired(product.pair, PHONE);
  await showEverything(phone.page, product);
});
afterAll(async () => {
  await browser.close();
  await product.dispose();
});

async function paired(link: string, size: typeof PHONE | typeof DESKTOP): Promise<BrowserDevice> {
  const device = await newDevice(browser, { size, scripts: [CHECKER], still: true });
  devices.push(device);
  await pairBy(device.page, link);
  return device;
}

test("before anything is paired: the first screens are clean in both themes", async () => {
  for (const theme of ["light", "dark"] as const) {
    const device = await newDevice(browser, { theme, scripts: [CHECKER], still: true });
    for (const [path, heading] of [
      ["/", "Bring your first machine"],
      ["/pair", "Paste the pairing link"],
    ] as const) {
      await device.page.goto(product.url + path);
      await device.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await isReady(device.page);
      expect(await breaches(device.page), path).toEqual([]);
      expect(await smallTargets(device.page), path).toEqual([]);
    }
    expect(device.complaints()).toEqual([]);
    await device.close();
  }
});

test.each([
  ["phone", PHONE],
  ["desktop", DESKTOP],
] as const)("every screen is clean in both themes on a %s", async (_name, size) => {
  const device = size === PHONE ? phone : await paired(await product.link(), size);
  const problems: string[] = [];
  const look = async (screen: string): Promise<void> => {
    const found = [...(await breaches(device.page)), ...(size === PHONE ? await smallTargets(device.page) : [])];
    await device.page.emulateMedia({ colorScheme: "dark" });
    found.push(...(await breaches(device.page, "color-contrast")).map((words) => `dark: ${words}`));
    await device.page.emulateMedia({ colorScheme: "light" });
    problems.push(...found.map((words) => `${screen}: ${words}`));
  };
  for (const screen of SCREENS) {
    await openScreen(device.page, product.url, screen);
    await look(screen);
    if (screen !== "machine, pair a device") continue;
    await showLink(device.page);
    await look(`${screen}, link`);
  }
  expect(problems).toEqual([]);
  expect(device.complaints()).toEqual([]);
});

test("the Tab key goes through the sessions in the order of the page and is seen", async () => {
  const { page } = await paired(await product.link(), DESKTOP);
  await isReady(page);
  const names = await tabOrder(page, 10);
  expect(names.slice(0, 4).map((name) => name.trim().split("\n")[0])).toEqual(["Sessions", "Inbox", "Board", "More"]);
});

test("with half the screen under a keyboard the composer is in sight", async () => {
  const { page } = phone;
  await openScreen(page, product.url, "session");
  await page.setViewportSize({ width: PHONE.width, height: PHONE.height / 2 });
  await message(page).click();
  const box = await message(page).boundingBox();
  expect(box === null ? null : box.y + box.height).toBeLessThanOrEqual(PHONE.height / 2);
  expect(
    await message(page).evaluate((element) => parseFloat(getComputedStyle(element).fontSize)),
  ).toBeGreaterThanOrEqual(16);
  await page.setViewportSize(PHONE);
});

test("the machine's screen tells health, agents, projects; renames a device, revokes another, which is told", async () => {
  const { page } = phone;
  const other = await paired(await product.link(), PHONE);
  await openScreen(page, product.url, "machine");
  await page.getByRole("heading", { name: "Health" }).waitFor();
  await page.getByText(/^\d+\.\d+\.\d+, up /u).waitFor();
  await page.getByRole("heading", { name: /^Agents/u }).waitFor();
  await page.getByRole("heading", { name: /^Projects/u }).waitFor();
  await page.getByRole("button", { name: "Check again" }).click();

  const rename = page.getByRole("button", { name: /^Rename /u });
  const before = await rename.count();
  await rename.last().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "Name" }).fill("Tablet in the kitchen");
  await sheet.getByRole("button", { name: "Save" }).click();
  await sheet.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Rename Tablet in the kitchen" }).waitFor();

  await page.getByRole("button", { name: "Revoke Tablet in the kitchen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByRole("button", { name: "Rename Tablet in the kitchen" }).waitFor({ state: "detached" });
  expect(await rename.count()).toBe(before - 1);
  await revokedPage(devices.map((device) => device.page)).then((told) => expect(told).not.toBeNull());
  expect(other.complaints().filter((words) => !/WebSocket|net::ERR/u.test(words))).toEqual([]);
  await isLive(page);
  await goBackToMore(page);
});

/** The one page that says its device was revoked. */
async function revokedPage(pages: readonly Page[]): Promise<Page> {
  return Promise.any(
    pages.map(async (page) => {
      await page.getByText("This device was revoked.").waitFor();
      return page;
    }),
  );
}

async function goBackToMore(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Back" }).click();
  await goTo(page, "Sessions");
}
