import { useMemo, useSyncExternalStore } from "react";
import type { Clock } from "../ui/time-words.ts";
import type { Grain } from "./page.ts";
import { usePage } from "./page-context.tsx";

const MINUTE_MS = 60_000;

/** The present for time words, from the page's one ticking clock of that grain. The object changes only when it ticks. */
export function useClock(grain: Grain): Clock {
  const store = usePage().clocks[grain];
  const now = useSyncExternalStore(store.subscribe, store.get);
  return useMemo(() => ({ now }), [now]);
}

/** Seconds while something counts them (an age below a minute, a countdown), else minutes. */
export function grainFor(
  facts: { readonly times: readonly number[]; readonly hasCountdown: boolean },
  now: number,
): Grain {
  // A minute's clock lags up to a minute, so what it calls one minute old may be younger.
  return facts.hasCountdown || facts.times.some((at) => now - at < MINUTE_MS) ? "second" : "minute";
}
