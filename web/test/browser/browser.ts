// A real browser on the running product: each device is a context of its own (storage, keys, size, theme), and whatever
// the page complains about is kept, so that every test can end by proving that there was nothing.
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { CHROMIUM_ARGS, findOrInstallChromium } from "../../../relay/house/chromium.ts";

/** A phone as the issue names it. */
export const PHONE = { width: 390, height: 844 } as const;
/** Wide enough for two panes beside the rail. */
export const DESKTOP = { width: 1280, height: 800 } as const;

/** Longer than anything takes on a busy machine; a condition that is met ends the wait. */
const WITHIN_MS = 30_000;
const ANDROID =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

/** What a device is beside its storage. */
export interface DeviceOptions {
  readonly size?: { readonly width: number; readonly height: number };
  readonly theme?: "light" | "dark";
  /** An HTTP proxy all of its traffic goes through. */
  readonly proxy?: string;
  /** Scripts that run in every page before its own. */
  readonly scripts?: readonly string[];
  /** The person wants no motion. */
  readonly still?: boolean;
  /** Physical pixels to a CSS pixel. */
  readonly density?: number;
  /** Complaints of the page that this test brings about on purpose. */
  readonly expected?: RegExp;
}

/** Starts the browser; `close` it. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findOrInstallChromium(),
    // A name that no resolver knows: an address that is no secure context, on this machine.
    args: [...CHROMIUM_ARGS, "--host-resolver-rules=MAP studio.test 127.0.0.1"],
    headless: true,
  });
}

/** A device with nothing stored. */
export async function newDevice(browser: Browser, options: DeviceOptions = {}): Promise<BrowserDevice> {
  const { size = PHONE, theme = "light", proxy, scripts = [], density = 1, still = false } = options;
  const isPhone = size.width < 900;
  const context = await browser.newContext({
    viewport: size,
    colorScheme: theme,
    deviceScaleFactor: density,
    hasTouch: isPhone,
    isMobile: isPhone,
    reducedMotion: still ? "reduce" : "no-preference",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    ...(isPhone ? { userAgent: ANDROID } : {}),
    ...(proxy === undefined ? {} : { proxy: { server: proxy, bypass: "<-loopback>" } }),
  });
  context.setDefaultTimeout(WITHIN_MS);
  for (const script of scripts) await context.addInitScript(script);
  return new BrowserDevice(context, await context.newPage(), options.expected ?? null);
}

/** One context with the page in use. */
export class BrowserDevice {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly #expected: RegExp | null;
  readonly #complaints: string[] = [];

  constructor(context: BrowserContext, page: Page, expected: RegExp | null) {
    this.context = context;
    this.page = page;
    this.#expected = expected;
    // Breaches of the content security policy are console errors too, those of the live thread included.
    context.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.#complain(message.text());
    });
    context.on("weberror", (problem) => this.#complain(String(problem.error())));
  }

  /** Another tab of the same browser. */
  newTab(): Promise<Page> {
    return this.context.newPage();
  }

  /** Errors, warnings and breaches of the policy since the start, but those that were expected. */
  complaints(): readonly string[] {
    return this.#complaints;
  }

  close(): Promise<void> {
    return this.context.close();
  }

  #complain(text: string): void {
    if (this.#expected?.test(text) !== true) this.#complaints.push(text);
  }
}
