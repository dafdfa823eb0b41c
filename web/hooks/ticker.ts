import type { Clock } from "../live/clock.ts";
import type { Store } from "../live/model.ts";

/** What a ticker asks of the page: whether somebody can see it. */
export interface Visibility {
  readonly isVisible: () => boolean;
  readonly subscribe: (listener: () => void) => () => void;
}

/**
 * The present, epoch ms, rounded down to whole periods so that every reader of one period agrees. Ticks only while
 * somebody subscribes and the page is visible; a page that is shown again is right at once.
 */
export function createTicker(periodMs: number, clock: Clock, visibility: Visibility): Store<number> {
  const read = (): number => Math.floor(clock.wall() / periodMs) * periodMs;
  const listeners = new Set<() => void>();
  let value = read();
  let stop: (() => void) | null = null;
  const schedule = (): void => {
    stop = clock.after(periodMs - (clock.wall() % periodMs), () => {
      tell();
      schedule();
    });
  };
  const tell = (): void => {
    const next = read();
    if (next === value) return;
    value = next;
    for (const listener of listeners) listener();
  };
  const follow = (): void => {
    stop?.();
    stop = null;
    if (!visibility.isVisible()) return;
    tell();
    schedule();
  };
  let unfollow: (() => void) | null = null;
  return {
    get: () => {
      // Nobody keeps an unsubscribed ticker right; its first reader must not see an old present.
      if (listeners.size === 0) value = read();
      return value;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      if (unfollow === null) {
        unfollow = visibility.subscribe(follow);
        follow();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        unfollow?.();
        unfollow = null;
        stop?.();
        stop = null;
      };
    },
  };
}
