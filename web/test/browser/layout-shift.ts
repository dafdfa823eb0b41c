// How much the page jumped, by the browser's own measure.
import type { Page } from "playwright-core";

/** Runs before the page's own scripts; sums every shift that no touch or key brought about. */
export const WATCH_SHIFTS = `
  window.shiftSum = 0;
  window.resetShift = () => { window.shiftSum = 0; };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shiftSum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
`;

/** The sum since the page began or was reset; needs WATCH_SHIFTS. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>("window.shiftSum");
}
