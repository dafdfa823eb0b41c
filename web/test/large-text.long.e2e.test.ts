// Somebody set the text of their browser to twice its size: everything is twice as large, and nothing is cut off.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { machineOf, sessionOf } from "../gallery/sample-sessions.ts";
import { auditPath, infoPath, machinePath, sessionPath } from "../hooks/route.ts";
import { openScreens, SIZES, type ScreenWorld } from "./screens.ts";

const TEXT_PX = 32;
const SESSION = { machine: machineOf(1), session: sessionOf(1) };
const PLACES = [
  ["/", "paired"],
  ["/", "reconnecting"],
  ["/more", "paired"],
  ["/new", "paired"],
  [machinePath(machineOf(1)), "keys"],
  [machinePath(machineOf(1)), "held"],
  [auditPath(machineOf(1)), "keys"],
  [sessionPath(SESSION), "forked"],
  [infoPath(SESSION), "paired"],
] as const;

let world: ScreenWorld;
/** One for all: what it has loaded once is in its cache. */
let page: Page;

beforeAll(async () => {
  world = await openScreens({ textPx: TEXT_PX });
  page = await world.open({ at: "/" });
});
afterAll(async () => {
  await world.close();
});

/** Words that end at an edge with more of them behind it; a name of three lines ends in dots and is whole in the menu. */
async function cutOff(): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("#app *")]
      .filter((element) => element.getClientRects().length > 0 && element.closest(".sr, svg, .bar h1") === null)
      .filter((element) => {
        const { overflowX, overflowY } = getComputedStyle(element);
        const isWide = overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1;
        const isHigh = overflowY === "hidden" && element.scrollHeight > element.clientHeight + 1;
        return isWide || isHigh;
      })
      .map((element) => `${element.className}: ${element.innerText.slice(0, 60)}`),
  );
}

test("text is as large as the browser is set to, and the navigation holds its words", async () => {
  const size = await page.getByRole("heading", { level: 1 }).evaluate((name) => getComputedStyle(name).fontSize);
  expect(size).toBe(`${(26 * TEXT_PX) / 16}px`);
  const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
  const edges = await links.evaluateAll((all) => all.map((each) => each.getBoundingClientRect()));
  for (const [index, edge] of edges.entries()) {
    expect(edge.left).toBeGreaterThanOrEqual(edges[index - 1]?.right ?? 0);
    expect(edge.right).toBeLessThanOrEqual(SIZES.phone.width);
  }
});

test.each(PLACES)("%s (%s) cuts nothing off on a phone", async (at, state) => {
  await page.goto(world.address({ at, state }));
  await page.locator("h1").first().waitFor();
  await page.locator(".skeleton").waitFor({ state: "detached" });
  expect(await cutOff()).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

test("a desktop with large text shows one pane, whole", async () => {
  await page.setViewportSize(SIZES.desktop);
  await page.goto(world.address({ at: "/" }));
  await page.getByRole("heading", { level: 1, name: "Sessions" }).waitFor();
  expect(await page.locator(".pane:visible").count()).toBe(1);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
