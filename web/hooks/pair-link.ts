import type { Store } from "../live/model.ts";

/** The pairing link this page was opened with. It lives in this object only: not in the address, history or storage. */
export interface PairLink extends Store<string | null> {
  readonly hold: (link: string) => void;
  readonly forget: () => void;
}

/** The two things of a page that a link is taken from. */
interface Address {
  readonly location: Pick<Location, "pathname" | "hash" | "origin">;
  readonly history: Pick<History, "replaceState">;
}

/** Takes the secret out of the address before anything else can read it or send it anywhere; null where there is none. */
export function takePairLink({ location, history }: Address): string | null {
  const { pathname, hash, origin } = location;
  if (pathname !== "/pair" || hash.length < 2) return null;
  history.replaceState(null, "", "/pair");
  return `${origin}/pair${hash}`;
}

/** Holds one link in memory. */
export function createPairLink(first: string | null): PairLink {
  const listeners = new Set<() => void>();
  let link = first;
  const set = (next: string | null): void => {
    link = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => link,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hold: set,
    forget: () => set(null),
  };
}
