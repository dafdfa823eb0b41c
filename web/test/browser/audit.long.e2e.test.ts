// The audit trail in a real browser: another device's command with its result, who it was, and a file that proves itself.
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startProduct, type Product } from "../../../relay/house/product.ts";
import { fromB64, machineIdOf, parseJson, verifyAudit, z, type ProvenAudit } from "../../../schema/index.ts";
import { breaches, CHECKER, smallTargets } from "./accessibility.ts";
import { DESKTOP, newDevice, openBrowser, PHONE, type BrowserDevice } from "./browser.ts";
import { goTo, isLive, isQuiet, pairBy, say, shows, startSession } from "./screens.ts";

const WORDS = "help me with the canary";
let browser: Browser;
let product: Product;
const devices: BrowserDevice[] = [];

beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct({ demoPaceMs: 5 }), openBrowser()]);
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

async function openAudit(page: Page): Promise<void> {
  await goTo(page, "More");
  await page.getByRole("list", { name: "Machines" }).getByRole("link").first().click();
  await page.getByRole("link", { name: "Everything asked of this machine" }).click();
  await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
}

/** The entry with these words. */
const entry = (page: Page, words: string | RegExp) => page.locator(".group .row").filter({ hasText: words });

/** Proven against the machine's name in the address, which is the hash of its key. */
async function proven(text: string, page: Page): Promise<ProvenAudit> {
  const [, machine] = /\/machine\/([\w-]+)\//u.exec(page.url()) ?? [];
  const head = parseJson(text.slice(0, text.indexOf("\n")), z.object({ ri: z.string() }));
  const ri = fromB64(head.ri) ?? new Uint8Array(0);
  expect(await machineIdOf(ri)).toBe(machine);
  return verifyAudit(text, ri);
}

const commandsOf = ({ entries }: ProvenAudit): string[] =>
  entries.flatMap(({ item }) =>
    item.k === "cmd" && "op" in item ? [`${String(item.op)} ${String(item.status)}`] : [],
  );

test("a device sees what another one asked and what became of it, takes it home as a file, and the file proves itself", async () => {
  const phone = await paired(product.pair, PHONE);
  const other = await paired(await product.link(), DESKTOP);
  await startSession(other.page, WORDS);
  await shows(other.page, "I am the demo agent");
  await isQuiet(other.page);
  await say(other.page, "help");
  await isQuiet(other.page);
  const path = product.newProject();
  await product.desk("project.add", { path });

  const { page } = phone;
  await openAudit(page);
  await isLive(page);
  await entry(page, /^Chrome on Linux started a session/u)
    .getByText("Done", { exact: true })
    .waitFor();
  await entry(page, /^Chrome on Linux sent a message/u)
    .getByText(WORDS)
    .waitFor();
  await entry(page, /^The console added a project/u)
    .first()
    .waitFor();
  await entry(page, /^This device came in/u).waitFor();
  await entry(page, /^A device was paired/u)
    .first()
    .waitFor();
  await page.getByRole("heading", { name: /^Today, /u }).waitFor();

  const asked = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const file = await asked;
  expect(file.suggestedFilename()).toMatch(/^kelpie-audit-\d{4}-\d\d-\d\d\.jsonl$/u);
  const text = await readFile(await file.path(), "utf8");
  const audit = await proven(text, page);
  expect(audit.range?.from).toBe(1);
  expect(audit.unread).toBe(0);
  expect(commandsOf(audit)).toEqual(
    expect.arrayContaining(["device.hello done", "session.start done", "session.prompt done", "project.add done"]),
  );
  expect(text).not.toContain(WORDS);

  const console = await product.cli("doctor", "--audit");
  expect(commandsOf(await proven(console.out.trim(), page))).toEqual(commandsOf(audit));
  await expect(proven(text.replace('"done"', '"fail"'), page)).rejects.toMatchObject({ code: "E_SCHEMA" });

  await page.getByRole("button", { name: "Who: everyone" }).click();
  await page.getByRole("dialog").getByRole("radio", { name: "The console" }).check();
  await page.getByRole("dialog").getByRole("button", { name: "Choose" }).click();
  await page.getByRole("button", { name: "Who: The console" }).waitFor();
  await entry(page, /^Chrome on Linux/u)
    .first()
    .waitFor({ state: "detached" });
  await entry(page, /^The console added a project/u)
    .first()
    .waitFor();
  expect(devices.flatMap((device) => device.complaints())).toEqual([]);
});

test.each([
  ["phone", PHONE, 0],
  ["desktop", DESKTOP, 1],
] as const)("the audit screen is clean in both themes on a %s", async (name, size, index) => {
  const page = devices[index]?.page;
  if (page === undefined) throw new Error("nothing was paired");
  await page.goto(product.url);
  await isLive(page);
  await openAudit(page);
  await entry(page, /came in/u)
    .first()
    .waitFor();
  const shots = process.env["KELPIE_SHOTS"];
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    expect(await breaches(page, ...(theme === "dark" ? (["color-contrast"] as const) : []))).toEqual([]);
    if (shots !== undefined) await page.screenshot({ path: `${shots}/audit-${name}-${theme}.png` });
  }
  if (size === PHONE) expect(await smallTargets(page)).toEqual([]);
});
