// Writes a picture of every screen of the real product, in both sizes and themes: screenshots.ts <folder>. With
// `--readme <file>` it also writes the pair of pictures of the README.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { startProduct, type Product } from "../../relay/house/product.ts";
import { DESKTOP, newDevice, openBrowser, PHONE } from "./browser/browser.ts";
import { pairBy } from "./browser/screens.ts";
import { openScreen, SCREENS, showEverything } from "./browser/stage.ts";

const [folder, flag, readme] = process.argv.slice(2);
if (folder === undefined) throw new TypeError("screenshots.ts <folder> [--readme <file>]");
mkdirSync(folder, { recursive: true });
const product = await startProduct({ demoPaceMs: 5 });
const browser = await openBrowser();
try {
  await takeAll(browser, product, folder);
  if (flag === "--readme" && readme !== undefined) await compose(browser, product, readme);
} finally {
  await browser.close();
  await product.dispose();
}

async function takeAll(on: Browser, of: Product, into: string): Promise<void> {
  const empty = await newDevice(on);
  await empty.page.goto(of.url);
  await empty.page.getByRole("heading", { level: 1 }).waitFor();
  await empty.page.screenshot({ path: join(into, "first-run-390-light.png") });
  await empty.close();
  const first = await newDevice(on, { still: true });
  await pairBy(first.page, of.pair);
  await first.page.screenshot({ path: join(into, "nothing-runs-390-light.png") });
  await showEverything(first.page, of);
  for (const size of [PHONE, DESKTOP]) {
    for (const theme of ["light", "dark"] as const) {
      const device = await newDevice(on, { size, theme, still: true });
      await pairBy(device.page, await of.link());
      for (const screen of SCREENS) {
        await openScreen(device.page, of.url, screen);
        const name = screen.replaceAll(/\W+/gu, "-");
        await device.page.screenshot({ path: join(into, `${name}-${size.width}-${theme}.png`) });
      }
      await device.close();
    }
  }
}

/** Sessions and a session side by side, on a plain ground. */
async function compose(on: Browser, of: Product, file: string): Promise<void> {
  const device = await newDevice(on, { still: true });
  await pairBy(device.page, await of.link());
  const pictures: string[] = [];
  for (const screen of ["sessions", "session, long"] as const) {
    await openScreen(device.page, of.url, screen);
    pictures.push((await device.page.screenshot()).toString("base64"));
  }
  await device.close();
  const sheet: Page = await on.newPage({ viewport: { width: PHONE.width * 2 + 72, height: PHONE.height + 48 } });
  await sheet.setContent(
    `<body style="margin:24px;display:flex;gap:24px;background:#e4e0d8">${pictures
      .map((data) => `<img style="border-radius:24px" src="data:image/png;base64,${data}">`)
      .join("")}</body>`,
  );
  writeFileSync(file, await sheet.screenshot());
}
