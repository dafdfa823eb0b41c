import { useCallback, useEffect, useRef, useState } from "react";
import type { RefObject } from "react";

/** Closer to the end than this is at the end. CSS pixels. */
const END_PX = 32;

interface Follow {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** What grows; its height is watched. */
  readonly content: RefObject<HTMLDivElement | null>;
  readonly isFollowing: boolean;
  /** Goes to the end and follows again. */
  readonly toEnd: () => void;
}

/**
 * Keeps the end in sight while the reader is there, and holds the line they read as soon as they scroll up. It reacts to
 * sizes, before they are painted, so that nothing jumps: not to what arrives, which may be anything.
 */
export function useFollow(onScroll: (element: HTMLDivElement) => void): Follow {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [isFollowing, setIsFollowing] = useState(true);
  const told = useRef(onScroll);
  useEffect(() => {
    told.current = onScroll;
  }, [onScroll]);

  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (element === null || inner === null) return undefined;
    let lastTop = element.scrollTop;
    const handleScroll = (): void => {
      const { scrollTop, scrollHeight, clientHeight } = element;
      const isAtEnd = scrollHeight - scrollTop - clientHeight <= END_PX;
      // Growth moves the end away without a scroll upwards; only a person goes up.
      if (isAtEnd) follows.current = true;
      else if (scrollTop < lastTop - 1) follows.current = false;
      lastTop = scrollTop;
      setIsFollowing(follows.current);
      told.current(element);
    };
    const stick = (): void => {
      if (!follows.current) return;
      element.scrollTop = element.scrollHeight;
      lastTop = element.scrollTop;
    };
    const sizes = new ResizeObserver(stick);
    sizes.observe(element);
    sizes.observe(inner);
    element.addEventListener("scroll", handleScroll, { passive: true });
    stick();
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", handleScroll);
    };
  }, []);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    follows.current = true;
    setIsFollowing(true);
    element.scrollTop = element.scrollHeight;
  }, []);
  return { scroller, content, isFollowing, toEnd };
}
