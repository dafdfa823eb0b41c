import { useEffect } from "react";

/** Below this the difference is a browser bar that comes and goes, not a keyboard. CSS pixels. */
const KEYBOARD_MIN_PX = 80;

/**
 * Lifts the app above the on-screen keyboard where the browser only shrinks its visual viewport (iOS): writes
 * `--keyboard` on the root element. Elsewhere `interactive-widget=resizes-content` has done it already and it stays 0.
 */
export function useKeyboardInset(): void {
  useEffect(() => {
    const viewport = window.visualViewport;
    if (viewport === null) return undefined;
    const { style } = document.documentElement;
    const measure = (): void => {
      const hiddenPx = window.innerHeight - viewport.height - viewport.offsetTop;
      const isKeyboard = hiddenPx > KEYBOARD_MIN_PX && viewport.scale === 1;
      style.setProperty("--keyboard", isKeyboard ? `${Math.round(hiddenPx)}px` : "0px");
      // iOS scrolls the page under a focused field; the app has its own scrollers and must stay where it is.
      if (isKeyboard) window.scrollTo(0, 0);
    };
    measure();
    viewport.addEventListener("resize", measure);
    viewport.addEventListener("scroll", measure);
    return () => {
      viewport.removeEventListener("resize", measure);
      viewport.removeEventListener("scroll", measure);
      style.removeProperty("--keyboard");
    };
  }, []);
}
