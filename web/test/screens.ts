// The app on a scripted Live in a real browser, from the development server: for tests of screens alone.
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { dirname, join } from "node:path";
import { createServer } from "vite";
import { CHROMIUM_ARGS, findOrInstallChromium } from "../../relay/house/chromium.ts";

/** A phone and a desktop. CSS pixels. */
export const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;

/** Where a page begins. */
export interface Opening {
  readonly at: string;
  readonly size?: keyof typeof SIZES;
  readonly theme?: "light" | "dark";
  /** A name of fake-app.tsx's states. */
  readonly state?: string;
}

/** A browser and a server; `close` ends both. */
export interface ScreenWorld {
  readonly open: (opening: Opening) => Promise<Page>;
  /** Where an opening is, for a page that comes back to it. */
  readonly address: (opening: Pick<Opening, "at" | "state">) => string;
  readonly close: () => Promise<void>;
}

/**
 * Starts both once; every opened page has a storage of its own. `textPx` is the size of text that the person set in the
 * browser; the browser's default is 16.
 */
export async function openScreens({ textPx = 16 }: { readonly textPx?: number } = {}): Promise<ScreenWorld> {
  const root = dirname(import.meta.dirname);
  const server = await createServer({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const origin = server.resolvedUrls?.local[0];
  if (origin === undefined) throw new Error("the development server has no address");
  const browser: Browser = await chromium.launch({
    executablePath: await findOrInstallChromium(),
    args: [...CHROMIUM_ARGS, `--blink-settings=defaultFontSize=${textPx}`],
  });
  const address: ScreenWorld["address"] = ({ at, state = "paired" }) =>
    `${origin}test/fake.html?${new URLSearchParams({ at, state }).toString()}`;
  return {
    address,
    open: async ({ at, size = "phone", theme = "light", state = "paired" }) => {
      const context = await browser.newContext({
        viewport: SIZES[size],
        hasTouch: size === "phone",
        colorScheme: theme,
      });
      const page = await context.newPage();
      await page.goto(address({ at, state }));
      await page.locator("#app[data-ready], #app:not([data-ready]) [aria-busy]").first().waitFor();
      return page;
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
