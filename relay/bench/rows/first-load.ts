// Row 7: what a phone loads before it shows anything, and when it shows it.
import { createServer } from "node:http";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { chromium, type Browser, type Page } from "playwright-core";
import { CHROMIUM_ARGS, findOrInstallChromium } from "../../house/chromium.ts";
import { openLab } from "../lab.ts";
import type { Measured } from "../report.ts";
import { median } from "../stats.ts";

const RUNS = 5;
const PHONE = { width: 390, height: 844 };
const SLOWER = 4;
/** What a page asks for later than this is no part of its first load. */
const QUIET_MS = 3_000;
/** What a server or proxy uses for answers it compresses on the fly. */
const BROTLI_QUALITY = 5;

interface Load {
  readonly paintMs: number;
  /** Bodies of everything the page and its threads asked for, by kind. */
  readonly bodies: readonly { readonly kind: string; readonly body: Buffer }[];
}

export async function firstLoad(): Promise<Measured[]> {
  const lab = await openLab();
  const browser = await chromium.launch({ executablePath: await findOrInstallChromium(), args: [...CHROMIUM_ARGS] });
  const empty = await serveEmptyPage();
  try {
    const [loads, floors]: [Load[], Load[]] = [[], []];
    for (let run = 0; run < RUNS; run += 1) {
      loads.push(await load(browser, lab.origin));
      floors.push(await load(browser, empty.url));
    }
    return asRows(loads, floors);
  } finally {
    await browser.close();
    empty.close();
    await lab.stop();
  }
}

/** A fresh browser profile each time: nothing cached, no service worker. */
async function load(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext({
    ...{ viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
    // Its store for later visits is filled behind the page's back and holds nothing up.
    serviceWorkers: "block",
  });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    const bodies: { kind: string; body: Buffer }[] = [];
    const reading: Promise<void>[] = [];
    context.on("response", (response) => {
      const kind = response.request().resourceType();
      // A body that cannot be had is a redirect's or an aborted request's: it has none.
      const read = response.body().then((body) => void bodies.push({ kind: kindOf(kind, response.url()), body }));
      reading.push(read.catch(() => undefined));
    });
    await page.goto(url);
    await page.waitForTimeout(QUIET_MS);
    await Promise.all(reading);
    return { paintMs: await firstPaint(page), bodies };
  } finally {
    await context.close();
  }
}

/** A worker thread's program is JavaScript too, whatever the browser calls the request. */
function kindOf(kind: string, url: string): string {
  return new URL(url).pathname.endsWith(".js") ? "script" : kind;
}

function firstPaint(page: Page): Promise<number> {
  return page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN").then(Number);
}

function asRows(loads: readonly Load[], floors: readonly Load[]): Measured[] {
  const bodies = loads[0]?.bodies ?? [];
  const brotli = (body: Buffer): number =>
    brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }).length;
  const gzip = (body: Buffer): number => gzipSync(body).length;
  const kilobytes = (wanted: (kind: string) => boolean, size: (body: Buffer) => number): number =>
    bodies.reduce((sum, { kind, body }) => sum + (wanted(kind) ? size(body) : 0), 0) / 1000;
  const scripts = (kind: string): boolean => kind === "script";
  const all = (): boolean => true;
  return [
    {
      ...{ row: "first-load bytes", what: "what the first load asks for, compressed one by one", unit: "kB" },
      value: {
        ...{ all: kilobytes(all, gzip), js: kilobytes(scripts, gzip) },
        ...{ "all-brotli": kilobytes(all, brotli), "js-brotli": kilobytes(scripts, brotli) },
      },
      atMost: { all: 180, js: 120 },
      note: `all and js: gzip; ${bodies.length} requests, ${Math.round(kilobytes(all, (body) => body.length))} kB unpacked`,
    },
    {
      ...{
        row: "first-load paint",
        what: `first contentful paint, ${SLOWER} x slower processor, 390 x 844`,
        unit: "ms",
      },
      value: { paint: median(loads.map(({ paintMs }) => paintMs)) },
      count: loads.length,
      floor: { paint: median(floors.map(({ paintMs }) => paintMs)) },
      floorIs: "a page of one word",
      atMost: { paint: 500 },
    },
  ];
}

async function serveEmptyPage(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>empty</title><p>empty</p>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}
