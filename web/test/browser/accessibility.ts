// What an automated checker, a thumb and a Tab key find on a screen.
import axe from "axe-core";
import type { Page } from "playwright-core";

/** The checker, for every page of a device that is looked at: the page's policy allows no script from elsewhere. */
export const CHECKER = axe.source;

/** The least a thumb hits. CSS pixels; one is left to rounding. */
const TOUCH_PX = 43;

/** Breaches of WCAG 2.2 AA and of good practice, or of one rule of them, as sentences; needs CHECKER. */
export async function breaches(page: Page, rule?: string): Promise<readonly string[]> {
  const only = rule === undefined ? "" : `runOnly: { type: "rule", values: ["${rule}"] },`;
  const { violations } = await page.evaluate<{ violations: readonly axe.Result[] }>(
    `axe.run(document, { ${only} resultTypes: ["violations"], rules: { region: { enabled: false } } })`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ target, failureSummary }) =>
        `${id}: ${help}: ${target.join(" ")}: ${(failureSummary ?? "").split("\n").slice(1, 3).join(" ").trim()}`,
    ),
  );
}

/** Buttons and links whose hit area is lower or narrower than a thumb, with their size. Words within prose are excused. */
export async function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate((least) => {
    const reach = (element: Element, x: number, y: number, dx: number, dy: number): number => {
      let step = 0;
      while (step < 48) {
        const hit = document.elementFromPoint(x + dx * (step + 1), y + dy * (step + 1));
        if (hit === null || !element.contains(hit)) break;
        step += 1;
      }
      return step;
    };
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("button, a[href], label:has(input), textarea")) {
      if (element.closest(".prose, p, [inert]") !== null || !element.checkVisibility()) continue;
      const box = element.getBoundingClientRect();
      const x = box.left + box.width / 2;
      const y = box.top + box.height / 2;
      const middle = document.elementFromPoint(x, y);
      // Scrolled away or under a sheet.
      if (middle === null || !element.contains(middle)) continue;
      const height = reach(element, x, y, 0, -1) + reach(element, x, y, 0, 1) + 1;
      const width = reach(element, x, y, -1, 0) + reach(element, x, y, 1, 0) + 1;
      if (height >= least && width >= least) continue;
      // Half scrolled out, of the window or of the list it is in: whole it is larger.
      const list = element.closest("[role=log]")?.getBoundingClientRect();
      const isHalfIn = list !== undefined && (box.top < list.top || box.bottom > list.bottom);
      const isCut = isHalfIn || y - height < 0 || y + height > innerHeight;
      if (!isCut) found.push(`${element.ariaLabel ?? element.innerText.slice(0, 40)}: ${width} x ${height}`);
    }
    return found;
  }, TOUCH_PX);
}

/** Names of what Tab reaches, in its order; throws when it goes backwards in the document before it is through. */
export async function tabOrder(page: Page, presses: number): Promise<readonly string[]> {
  const names: string[] = [];
  await page.evaluate(() =>
    document.querySelectorAll("[data-was-focused]").forEach((each) => each.removeAttribute("data-was-focused")),
  );
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const element = document.activeElement;
      if (!(element instanceof HTMLElement) || element === document.body) return null;
      const last = document.querySelector("[data-was-focused]");
      if (last !== null && (last.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) === 0)
        throw new Error(`Tab went back from ${last.outerHTML.slice(0, 80)} to ${element.outerHTML.slice(0, 80)}`);
      // A row shows it around all of itself.
      const looks = [getComputedStyle(element), getComputedStyle(element, "::after")];
      if (looks.every(({ outlineStyle, boxShadow }) => outlineStyle === "none" && boxShadow === "none"))
        throw new Error(`no focus is seen on ${element.outerHTML.slice(0, 80)}`);
      last?.removeAttribute("data-was-focused");
      element.setAttribute("data-was-focused", "");
      return element.ariaLabel ?? element.innerText;
    });
    if (name === null) break;
    names.push(name);
  }
  return names;
}
