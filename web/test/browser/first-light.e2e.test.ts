// From the printed link to the list of sessions, as a person meets it the first time, and every way that goes wrong.
import { gzipSync } from "node:zlib";
import type { Browser, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startProduct, type Product } from "../../../relay/house/product.ts";
import { newDevice, openBrowser, type BrowserDevice, type DeviceOptions } from "./browser.ts";
import { openProxy, type Proxy } from "./proxy.ts";
import { app, isLive, isReady, pairBy, startSession, log, message } from "./screens.ts";

/** Budget of the first load by gzip, in bytes (design.md section 8). */
const ALL_BYTES = 180_000;
const SCRIPT_BYTES = 120_000;

/** Notes when the app says that it is ready. */
const NOTE_READY = `
  new MutationObserver((_, observer) => {
    if (document.querySelector("[data-ready]") === null) return;
    window.readyAt = performance.now();
    observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true });
`;

let browser: Browser;
let product: Product;
const devices: BrowserDevice[] = [];
const proxies: Proxy[] = [];

beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct({ demoPaceMs: 5 }), openBrowser()]);
});
afterEach(async () => {
  const complaints = devices.flatMap((device) => device.complaints());
  for (const device of devices.splice(0)) await device.close();
  for (const proxy of proxies.splice(0)) await proxy.close();
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  await product.dispose();
});

async function device(options: DeviceOptions = {}): Promise<BrowserDevice> {
  const made = await newDevice(browser, options);
  devices.push(made);
  return made;
}

async function proxied(): Promise<Proxy> {
  const proxy = await openProxy(product.url);
  proxies.push(proxy);
  return proxy;
}

test("the printed link leads to the sessions in one step, takes its secret out of the address, survives a reload, and works once", async () => {
  const { page } = await device();
  await pairBy(page, product.pair);

  expect(page.url()).toBe(`${product.url}/`);
  const secret = new URL(product.pair).hash.slice(1);
  expect(await page.evaluate(() => JSON.stringify([location.href, history.state, { ...localStorage }]))).not.toContain(
    secret,
  );
  await page.reload();
  await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
  await isLive(page);

  const second = await device();
  await second.page.goto(product.pair);
  await second.page.getByRole("heading", { name: "This link has ended" }).waitFor();
  expect(await second.page.getByRole("alert").innerText()).toContain("kelpie pair");
  await second.page.getByRole("button", { name: "Paste another link" }).click();
  await second.page.getByRole("textbox", { name: "Pairing link" }).waitFor();
});

test("a garbled link says so, and a good one can be pasted", async () => {
  const { page } = await device();
  await page.goto(`${product.url}/pair#1.garbled`);
  await page.getByRole("heading", { name: "This is no pairing link" }).waitFor();

  await page.goto(product.url);
  await page.getByRole("heading", { name: "Bring your first machine" }).waitFor();
  await page.getByRole("button", { name: "Paste a pairing link" }).click();
  const field = page.getByRole("textbox", { name: "Pairing link" });
  const go = page.getByRole("button", { name: "Continue" });
  await field.fill("hello");
  await go.click();
  await page.getByText("This is no pairing link. Copy the whole line", { exact: false }).waitFor();
  await field.fill("https://elsewhere.example/pair#1.YWJj.ZGVm");
  await go.click();
  await page.getByText("This link belongs to https://elsewhere.example", { exact: false }).waitFor();

  await field.fill(await product.link());
  await go.click();
  await page.getByRole("heading", { name: "Sessions", exact: true }).waitFor();
  await isLive(page);
  expect(new URL(page.url()).pathname).toBe("/");
});

test("an address that is no secure context says what to do", async () => {
  const { page } = await device({ expected: /Cross-Origin-Opener-Policy|untrustworthy/u });
  await page.goto(product.url.replace("127.0.0.1", "studio.test"));
  await page.getByRole("heading", { name: "This address cannot keep a key" }).waitFor();
  expect(await page.getByRole("main").innerText()).toContain("npm start -- --origin");
});

test("the first load keeps to its budget", async () => {
  const { page } = await device({ scripts: [NOTE_READY] });
  const first: Request[] = [];
  page.on("requestfinished", (request) => first.push(request));
  await page.goto(product.url);
  await page.getByRole("heading", { name: "Bring your first machine" }).waitFor();
  // Everything later comes when nobody waits for it.
  const begunBefore = await page.evaluate<string[]>(
    `performance.getEntriesByType("resource").filter((entry) => entry.startTime < window.readyAt).map(({ name }) => name)`,
  );
  const names = new Set([page.url(), ...begunBefore]);
  const sizes = await Promise.all(
    first
      .filter((request) => names.has(request.url()) && request.serviceWorker() === null)
      .map(async (request) => {
        const response = await request.response();
        const bytes = response === null ? Buffer.alloc(0) : await response.body();
        return { url: request.url(), type: response?.headers()["content-type"] ?? "", size: gzipSync(bytes).length };
      }),
  );
  const sum = (of: typeof sizes): number => of.reduce((total, { size }) => total + size, 0);
  expect(sizes.length).toBeGreaterThan(3);
  expect(sum(sizes.filter(({ type }) => type.includes("javascript"))), JSON.stringify(sizes)).toBeLessThanOrEqual(
    SCRIPT_BYTES,
  );
  expect(sum(sizes), JSON.stringify(sizes)).toBeLessThanOrEqual(ALL_BYTES);
});

test("without a network it opens from what it keeps, says so, and comes back by itself", async () => {
  const offline = await device({ expected: /ERR_INTERNET_DISCONNECTED/u });
  const { page, context } = offline;
  await pairBy(page, await product.link());
  await startSession(page, "stream 3 fast");
  await log(page)
    .getByText(/line 3/u)
    .waitFor();
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));

  await context.setOffline(true);
  await page.reload();
  await isReady(page);
  await log(page)
    .getByText(/line 3/u)
    .waitFor();
  await page.getByText("This phone is offline.").waitFor();
  expect(await app(page).getAttribute("data-live")).toBe("offline");
  await message(page).waitFor();

  await context.setOffline(false);
  await isLive(page);
  await page.getByText("This phone is offline.").waitFor({ state: "detached" });
});

test("a newer version is offered and waits until the person takes it", async () => {
  const proxy = await proxied();
  const { page } = await device({ proxy: proxy.address });
  await pairBy(page, await product.link());
  // The first install is nobody's update.
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.reload();
  await isLive(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  expect(await page.getByText("A new Kelpie is here.").count()).toBe(0);

  proxy.rewrite((path, body) => (path === "/sw.js" ? body.replaceAll(/"[0-9a-f]{16}"/gu, '"newer"') : null));
  await page.reload();
  await page.getByText("A new Kelpie is here.").waitFor();
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  await page.getByRole("button", { name: "Later", exact: true }).click();
  await page.getByText("A new Kelpie is here.").waitFor({ state: "detached" });
  expect(await page.evaluate(() => "isSamePage" in window)).toBe(true);

  await page.reload();
  await page.getByRole("button", { name: "Reload", exact: true }).click();
  await page.waitForFunction(async () => (await caches.keys()).join() === "kelpie-shell-newer");
  await isLive(page);
  expect(await page.getByText("A new Kelpie is here.").count()).toBe(0);
});
