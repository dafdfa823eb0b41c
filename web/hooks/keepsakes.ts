/** Small texts kept in this browser: a draft per session, the last choice of a form. Never a key, never a secret. */
export interface Keepsakes {
  /** "" when there is none. */
  readonly read: (name: string) => string;
  /** "" forgets it. */
  readonly write: (name: string, text: string) => void;
}

const PREFIX = "kelpie/";

/** Keeps them in `storage`. A browser that refuses storage only forgets them sooner. */
export function createKeepsakes(storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null): Keepsakes {
  const memory = new Map<string, string>();
  return {
    read: (name) => {
      const kept = memory.get(name);
      if (kept !== undefined || storage === null) return kept ?? "";
      return storage.getItem(PREFIX + name) ?? "";
    },
    write: (name, text) => {
      memory.set(name, text);
      if (storage === null) return;
      try {
        if (text === "") storage.removeItem(PREFIX + name);
        else storage.setItem(PREFIX + name, text);
      } catch (error) {
        // A full or refused storage: the text lives on in memory until the page is closed.
        if (!(error instanceof DOMException)) throw error;
      }
    },
  };
}
